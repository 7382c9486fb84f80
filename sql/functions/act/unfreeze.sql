-- A restored or cloned database works only when somebody has said that it is the one to work. Said of one that works,
-- but is behind its executors, it enters an epoch after theirs.
create or replace function jobgrid.unfreeze(reason text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    held text := coalesce(jobgrid_engine.held_reason(),
                          'an executor has attempts of epoch ' || jobgrid_engine.later_epoch());
begin
    if coalesce(btrim(unfreeze.reason), '') = '' then
        raise exception using errcode = 'JG003',
            message = 'unfreeze needs a reason',
            hint = 'SELECT jobgrid.unfreeze(''restored from the backup of last night'');';
    elsif held is null then
        return 'nothing to unfreeze: the database works';
    end if;
    return format('the database works, epoch %s; before: %s', jobgrid_engine.adopt(unfreeze.reason), held);
end
$$;
comment on function jobgrid.unfreeze(text) is 'Lets a restored or cloned database work';
grant execute on function jobgrid.unfreeze(text) to jobgrid_admin;

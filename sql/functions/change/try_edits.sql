-- Whether a new edit can be made: it is, and is taken back. Where it cannot be made alone it may need the earlier ones of its
-- set, as the schedule of a job that is to be.
create or replace function jobgrid_engine.try_edits(wanted bigint, newest bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
    begin
        perform jobgrid_engine.apply_edits(wanted, newest);
        raise exception using errcode = 'JGTRY';
    exception
        when sqlstate 'JGTRY' then
            return;
        when others then
            if not exists (select from jobgrid_engine.proposal p where p.change_set = wanted and p.edit < newest) then
                raise;
            end if;
    end;
    begin
        perform jobgrid_engine.apply_edits(wanted);
        raise exception using errcode = 'JGTRY';
    exception when sqlstate 'JGTRY' then
        null;
    end;
end
$$;
comment on function jobgrid_engine.try_edits(bigint, bigint) is 'Raises what stands in the way of a new edit of a change set';

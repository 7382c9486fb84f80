-- Makes the edits of the first change set whose moment has come, for the scheduler; null: there is none.
create or replace function jobgrid_engine.apply_due_change() returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    due bigint;
begin
    select c.change_set into due from jobgrid_engine.change_set c
    where c.state = 'scheduled' and c.valid_from <= jobgrid_engine.moment()
    order by c.valid_from, c.change_set limit 1
    for update skip locked;
    if found then
        begin
            perform jobgrid_engine.apply_change_set(due);
        exception when others then
            update jobgrid_engine.change_set c set state = 'failed', problem = sqlerrm where c.change_set = due;
        end;
    end if;
    return due;
end
$$;
comment on function jobgrid_engine.apply_due_change() is 'Makes the edits of the first change set whose moment has come';

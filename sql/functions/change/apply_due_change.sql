-- Makes the edits of the first change set whose moment has come, for the scheduler; null: there is none.
-- The scheduler waits for nobody: where somebody's open transaction has locked what is to be edited, the set is tried again
-- after as long as it is late already, a minute at most, and the others come first.
create or replace function jobgrid_engine.apply_due_change() returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set lock_timeout = '10ms'
as $$
declare
    moment constant timestamptz := jobgrid_engine.moment();
    due    jobgrid_engine.change_set;
begin
    select * into due from jobgrid_engine.change_set c
    where c.state = 'scheduled' and greatest(c.valid_from, c.retry_at) <= moment
    order by c.retry_at nulls first, c.valid_from, c.change_set limit 1
    for update skip locked;
    if found then
        begin
            perform jobgrid_engine.apply_change_set(due.change_set);
        exception
            when lock_not_available then
                update jobgrid_engine.change_set c
                set problem = 'what it edits is locked by somebody''s open transaction',
                    retry_at = moment + least(greatest(moment - due.valid_from, '1 s'), '1 min')
                where c.change_set = due.change_set;
            when others then
                update jobgrid_engine.change_set c set state = 'failed', problem = sqlerrm where c.change_set = due.change_set;
        end;
    end if;
    return due.change_set;
end
$$;
comment on function jobgrid_engine.apply_due_change() is 'Makes the edits of the first change set whose moment has come';

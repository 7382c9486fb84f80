create or replace function jobgrid.resume_executor(executor text) returns jobgrid.executor
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    target integer := jobgrid_engine.find_executor(executor);
    result jobgrid.executor;
begin
    delete from jobgrid_engine.executor_drain d where d.executor_id = target;
    perform jobgrid_engine.ring('lanes');
    select * into result from jobgrid.executor v where v.executor = resume_executor.executor;
    return result;
end
$$;
comment on function jobgrid.resume_executor(text) is 'Lets an executor that drains claim again';
grant execute on function jobgrid.resume_executor(text) to jobgrid_operator, jobgrid_admin;

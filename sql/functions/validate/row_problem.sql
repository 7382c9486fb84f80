-- What a row's trigger would raise if it were written again as it is; no row where it would be taken. There is no other check:
-- what the trigger asks is asked here.
create or replace function jobgrid_engine.row_problem(table_name text, config anyelement) returns setof jobgrid.problem
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
declare
    result jobgrid.problem;
begin
    case row_problem.table_name
    when 'job' then
        perform jobgrid_engine.check_job(config);
        perform jobgrid_engine.check_job_parameters(config, false);
        if config.kind = 'sql' then
            perform jobgrid_engine.check_sql_session(config);
        end if;
        perform jobgrid_engine.require_time_zone(config.time_zone);
        perform jobgrid_engine.require_names(array[config.job_id]);
    when 'schedule' then
        perform jobgrid_engine.check_schedule(config, (select j from jobgrid.job j
                                                       where j.tenant = config.tenant and j.full_name = config.job));
    when 'blackout' then
        perform jobgrid_engine.check_blackout(config), jobgrid_engine.require_time_zone(config.time_zone);
    when 'calendar' then
        perform jobgrid_engine.check_calendar(config, null), jobgrid_engine.calendar_rule(config.rule),
                jobgrid_engine.require_time_zone(config.time_zone);
    when 'tenant' then
        perform jobgrid_engine.require_time_zone(config.time_zone);
        if config.default_calendar is not null then
            perform jobgrid_engine.require_calendar(config.default_calendar, config.name, format('tenant "%s"', config.name));
        end if;
    when 'application' then
        perform jobgrid_engine.require_time_zone(config.time_zone);
        if config.calendar is not null then
            perform jobgrid_engine.require_calendar(config.calendar, config.tenant, format('application "%s"', config.name));
        end if;
    when 'global_value' then
        perform jobgrid_engine.require_team(config.owner_team, config.tenant, format('global value "%s"', config.name));
    when 'job_default' then
        perform jobgrid_engine.check_default(config, false);
    end case;
exception when others then
    get stacked diagnostics result.problem = message_text, result.detail = pg_exception_detail, result.hint = pg_exception_hint;
    result.severity := 'error';
    result.table_name := row_problem.table_name;
    result.key := jobgrid_engine.row_key(row_problem.table_name, to_jsonb(config));
    result.detail := nullif(result.detail, '');
    result.hint := nullif(result.hint, '');
    return next result;
end
$$;
comment on function jobgrid_engine.row_problem(text, anyelement) is 'What is wrong with a config row, as its trigger would say it';

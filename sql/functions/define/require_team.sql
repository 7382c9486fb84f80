-- A team owns rows of its tenant alone.
create or replace function jobgrid_engine.require_team(team text, tenant text, who text) returns void
language plpgsql stable strict set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from jobgrid.team t where t.name = require_team.team and t.tenant <> require_team.tenant) then
        raise exception using errcode = 'JG003',
            message = format('%s: team "%s" belongs to another tenant', who, require_team.team),
            hint = format('List the tenant''s teams with: SELECT name FROM jobgrid.team WHERE tenant = %L;', require_team.tenant);
    end if;
end
$$;
comment on function jobgrid_engine.require_team(text, text, text) is 'Raises JG003 for a team of another tenant';

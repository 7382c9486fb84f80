-- Somebody has looked at what an executor ran without this database's knowledge: it leaves the attention list.
create or replace function jobgrid.acknowledge_ghost(executor text, run_id bigint, reason text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    seen integer;
begin
    if coalesce(btrim(acknowledge_ghost.reason), '') = '' then
        raise exception using errcode = 'JG003',
            message = 'acknowledge_ghost needs a reason',
            hint = format('SELECT jobgrid.acknowledge_ghost(%L, %s, ''checked by hand'');', executor, run_id);
    end if;
    update jobgrid_engine.ghost g
    set acknowledged_at = now(), acknowledged_by = jobgrid_engine.actor_role(),
        acknowledgement = acknowledge_ghost.reason
    from jobgrid_engine.open_ghost o
    where o.executor = acknowledge_ghost.executor and o.run_id = acknowledge_ghost.run_id
      and (o.tenant_id = any ((select jobgrid_engine.visible_tenants())::integer[])
           or o.tenant_id is null and not exists (
                  select from jobgrid.tenant t
                  where t.tenant_id <> all ((select jobgrid_engine.visible_tenants())::integer[])))
      and g.executor_id = o.executor_id and g.run_id = o.run_id and g.attempt = o.attempt and g.fence = o.fence;
    get diagnostics seen = row_count;
    if seen = 0 then
        raise exception using errcode = 'JG001',
            message = format('executor "%s" has shown no ghost of run %s that waits for somebody',
                             jobgrid_engine.clip(executor), run_id),
            hint = 'SELECT * FROM jobgrid.attention WHERE reason = ''ghost'';';
    end if;
    return format('acknowledged: run %s of executor "%s"', run_id, executor);
end
$$;
comment on function jobgrid.acknowledge_ghost(text, bigint, text)
    is 'Takes what an executor ran without this database''s knowledge off the attention list';
grant execute on function jobgrid.acknowledge_ghost(text, bigint, text) to jobgrid_operator, jobgrid_admin;

-- A config row without what follows from its edits: ids, counts, stamps and what is generated. Of rows that are equal
-- here nobody has decided anything different.
create or replace function jobgrid_engine.config_row(config jsonb) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select config - '{tenant_id,job_id,schedule_id,blackout_id,days_version,touched_by,full_name,version,row_version,created_at,created_by,updated_at,updated_by,paused_at,'
                    'paused_by,flag_at,flag_by}'::text[]
$$;
comment on function jobgrid_engine.config_row(jsonb) is 'What somebody has decided about a config row';

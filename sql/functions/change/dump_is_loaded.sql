-- pg_dump's scripts and pg_restore turn row_security off, and load as a superuser. For anybody else that setting is no way past
-- the history, whoever owns the function that writes for him.
create or replace function jobgrid_engine.dump_is_loaded() returns boolean
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select current_setting('row_security') = 'off'
       and exists (select from pg_catalog.pg_roles r where r.rolname in (session_user, current_setting('role')) and r.rolsuper)
$$;
comment on function jobgrid_engine.dump_is_loaded() is 'Whether the session loads a dump, which brings its history along';

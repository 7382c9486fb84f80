-- Refuses to install where nothing would ever run: without the preloaded library there are no workers, and they look
-- after one database only. pg_settings shows a setting only where a library has defined it: a line in postgresql.conf
-- alone does not count.
do $$
declare
    control text := (select s.setting from pg_catalog.pg_settings s where s.name = 'jobgrid.database');
begin
    if control is null then
        raise exception using errcode = 'JG009',
            message = 'jobgrid must be loaded when the server starts',
            hint = format('Add jobgrid to shared_preload_libraries, set jobgrid.database to %L, and restart the server.',
                          current_database());
    end if;
    if control <> current_database() then
        raise exception using errcode = 'JG009',
            message = format('jobgrid works in database %I, not in %I', control, current_database()),
            detail = 'One database of a server holds all jobs; jobs of kind sql reach the others.',
            hint = format('Connect to database %I, or set jobgrid.database to %L and restart the server.',
                          control, current_database());
    end if;
    -- Names, output and messages come from everywhere; one that the database cannot hold would stop an executor's reports.
    if current_setting('server_encoding') <> 'UTF8' then
        raise exception using errcode = 'JG009',
            message = format('jobgrid works in a database of encoding UTF8, and %I has %s', current_database(),
                             current_setting('server_encoding')),
            hint = 'CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0;';
    end if;
end
$$;

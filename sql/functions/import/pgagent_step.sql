-- An enabled step of a pgAgent job as columns of jobgrid.job, with what is in doubt about it: {job, refusals, doubts}.
-- pgAgent runs SQL as the role of its own connection and batches as its own user; neither is on record.
create or replace function jobgrid_engine.pgagent_step(step jsonb, host text, sql_role text) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    words    constant jsonb := jobgrid_engine.connection_words(step ->> 'jstconnstr');
    actor    constant name := jobgrid_engine.actor_role();
    role     text := coalesce(words ->> 'user', pgagent_step.sql_role);
    command  text := step ->> 'jstcode';
    shell    text;
    other    text;
    refusals text[] := '{}';
    doubts   text[] := '{}';
begin
    if step ->> 'jstkind' = 'b' then
        doubts := doubts || 'no run_as: pgAgent ran it as its own user'::text;
        if host <> '' then
            doubts := doubts || format('no executor: pgAgent ran it on host "%s"', host);
        end if;
        -- pgAgent writes a script and executes it; we have a command of /bin/sh.
        shell := substring(command from '^#!\s*([^\n\r]*[^\s])');
        if shell ~ '^/\S*/(bash|ksh|zsh|dash)$' then
            command := format('exec %s -c %s', shell, jobgrid_engine.shell_word(command));
        elsif shell <> '/bin/sh' then
            doubts := doubts || format('run by /bin/sh, not by %s', shell);
        end if;
        return jsonb_build_object('job', jsonb_build_object('kind', 'shell', 'command', command),
                                  'refusals', refusals, 'doubts', doubts);
    end if;

    if words is null then
        refusals := refusals || 'its connection string cannot be read'::text;
    elsif words ?| '{service,hostaddr}'
          or words ->> 'host' not in ('localhost', '127.0.0.1', '::1') and words ->> 'host' !~ '^[/@]'
          or words ->> 'port' <> current_setting('port') then
        refusals := refusals || 'its connection string names another server'::text;
    elsif step ->> 'jstdbname' = '' and not words ? 'dbname' then
        refusals := refusals || 'its connection string names no database'::text;
    elsif role is null and exists (select from pg_catalog.pg_roles r where r.rolname = actor and r.rolsuper) then
        refusals := refusals || 'as whom it is to run is not on record: name a role with sql_role'::text;
    elsif role is null then
        role := actor;
        doubts := doubts || format('sql_role "%s": pgAgent runs it as the role of its own connection', actor);
    end if;
    select string_agg(w.key, ', ' order by w.key) into other from jsonb_object_keys(words) w (key)
    where w.key not in ('dbname', 'user', 'host', 'port', 'password', 'sslmode', 'connect_timeout', 'application_name');
    if other is not null and refusals = '{}' then
        doubts := doubts || format('%s of its connection string: not taken over', other);
    end if;
    return jsonb_build_object(
        'job', jsonb_build_object('kind', 'sql', 'command', command, 'sql_role', role,
                                  'database', coalesce(nullif(step ->> 'jstdbname', ''), words ->> 'dbname')),
        'refusals', refusals, 'doubts', doubts);
end
$$;
comment on function jobgrid_engine.pgagent_step(jsonb, text, text) is 'A step of a pgAgent job as a job of ours';

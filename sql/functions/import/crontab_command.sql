-- A command of cron for /bin/sh: in the shell that the crontab names, with the input that the crontab gives. The input is
-- a here-document of the whole command, ended by a line that it does not have.
create or replace function jobgrid_engine.crontab_command(command text, input text, shell text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    last_line text := 'END';
begin
    if shell not in ('/bin/sh', '') then
        command := format('exec %s -c %s',
                          case when shell ~ '^[A-Za-z0-9_./-]+$' then shell else jobgrid_engine.shell_word(shell) end,
                          jobgrid_engine.shell_word(command));
    end if;
    if input is null then
        return command;
    end if;
    while strpos(e'\n' || input, e'\n' || last_line || e'\n') > 0 loop
        last_line := last_line || '_';
    end loop;
    return format(e'exec <<''%s''\n%s%s\n%s', last_line, input, last_line, command);
end
$$;
comment on function jobgrid_engine.crontab_command(text, text, text) is 'A command of cron for /bin/sh';

-- Imports: what a crontab's lines become. Those of pg_cron and pgAgent are in tests/t, beside the real ones.
begin;
select plan(30);

-- A job and its schedule as one text.
create function pg_temp.made(name text) returns text language sql as $$
    select concat_ws('|', j.command, j.run_as, j.environment, j.working_directory, j.contact, s.schedule, s.time_zone, s.when_missed,
                     s.on_overlap, nullif(s.jitter, '0'), case when j.enabled then 'enabled' end)
    from jobgrid.job j join jobgrid.schedule s on (s.tenant, s.job) = (j.tenant, j.full_name) where j.name = made.name
$$;
create function pg_temp.doubts(entries jsonb) returns text language sql as $$
    select string_agg(concat_ws(' ', line, job, doubt), e'\n' order by line) from jobgrid.import_crontab(entries, false, 'tap')
$$;
create function pg_temp.error_of(command text) returns text language plpgsql as $$
declare
    hint text;
begin
    execute command;
    return 'none';
exception when others then
    get stacked diagnostics hint = pg_exception_hint;
    return concat_ws(' ', sqlstate, sqlerrm, nullif(hint, ''));
end $$;

select is((select concat_ws('|', line, job, in_words, next_run > now(), doubt) from jobgrid.import_crontab(
    '[{"line": 3, "schedule": "30 7 * * 1-5", "command": "/opt/tap/bin/load --all >/var/log/tap.log 2>&1"}]', time_zone => 'Europe/London')),
    '3|load --all|every weekday at 07:30 in Europe/London|t|no run_as: the executor decides as whom it runs', 'first it says what it would do');
select is((select count(*) from jobgrid.job where tags = '{crontab}'), 0::bigint, 'and leaves nothing');
select is(pg_temp.doubts('[{"line": 3, "schedule": "30 7 * * 1-5", "command": "/opt/tap/bin/load --all >/var/log/tap.log 2>&1"}]'), '3 load --all',
    'then it does it');
select is(pg_temp.made('load --all'), '/opt/tap/bin/load --all >/var/log/tap.log 2>&1|tap|{}|30 7 * * 1-5|none|parallel', 'disabled');
select is((select description || ' ' || timeout from jobgrid.job where name = 'load --all'),
    'crontab: 30 7 * * 1-5 tap /opt/tap/bin/load --all >/var/log/tap.log 2>&1 30 days', 'it says what it was');

-- Settings
select is(pg_temp.doubts('[{"line": 1, "name": "PATH", "value": "/opt/bin:$PATH"}, {"line": 2, "schedule": "@daily", "command": "tap one"},
    {"line": 3, "name": "HOME", "value": "/srv/tap"}, {"line": 4, "name": "MAILTO", "value": "tap@example"}, {"line": 5, "name": "USER", "value": "x"},
    {"line": 6, "schedule": "@hourly", "command": "tap two", "user": "root", "doubt": "odd"}, {"line": 7, "name": "MAILTO", "value": ""},
    {"line": 8, "name": "CRON_TZ", "value": "Asia/Tokyo"}, {"line": 9, "name": "RANDOM_DELAY", "value": "5"}, {"line": 10, "schedule": "1 2 * * *", "command": "tap three"}]'),
    e'2 tap one\n6 tap two odd; MAILTO: no mail is sent, the output is with the run; LOGNAME and USER are not taken over, as in cron\n'
    '10 tap three CRON_TZ: its zone, as in cronie; the cron of Debian ignores it; RANDOM_DELAY: its jitter, as in cronie; the cron of Debian ignores it; '
    'LOGNAME and USER are not taken over, as in cron', 'settings hold for the lines after them');
select is(pg_temp.made('tap one'), 'tap one|tap|{"PATH": "/opt/bin:$PATH"}|@daily|none|parallel', 'one');
select is(pg_temp.made('tap two'), 'tap two|root|{"HOME": "/srv/tap", "PATH": "/opt/bin:$PATH", "MAILTO": "tap@example"}|/srv/tap|tap@example|@hourly|none|parallel',
    'several');
select is(pg_temp.made('tap three'),
    'tap three|tap|{"HOME": "/srv/tap", "PATH": "/opt/bin:$PATH", "MAILTO": "", "CRON_TZ": "Asia/Tokyo", "RANDOM_DELAY": "5"}|/srv/tap|1 2 * * *|Asia/Tokyo|none|parallel|00:05:00',
    'those that mean something to cron');
select is(pg_temp.doubts('[{"line": 1, "name": "JOBGRID_X", "value": "1"}, {"line": 2, "schedule": "@daily", "command": "tap reserved"}]'),
    '2 tap reserved not imported: job "tap reserved": environment cannot set "JOBGRID_X"', 'a name that is ours');
select is(pg_temp.doubts(format('[{"line": 1, "name": "A", "value": "%s"}, {"line": 2, "schedule": "@daily", "command": "tap large"}]', repeat('x', 65536))::jsonb),
    '2 tap large not imported: the settings before it take more than 64 kB', 'too much of it');

-- Commands
select is(jobgrid_engine.crontab_command('run it''s', null, '/bin/bash'), 'exec /bin/bash -c ''run it''\''''s''', 'another shell');
select is(jobgrid_engine.crontab_command('x', null, '/a b''/sh'), 'exec ''/a b''\''''/sh'' -c ''x''', 'of an odd name');
select is(jobgrid_engine.crontab_command('cat', e'a\nEND\nEND_x\n', ''), e'exec <<''END_''\na\nEND\nEND_x\nEND_\ncat', 'input ends where it does');
select is(jobgrid_engine.crontab_command('cat', e'END\nEND_\n', '/bin/sh'), e'exec <<''END__''\nEND\nEND_\nEND__\ncat', 'whatever is in it');
select is(jobgrid_engine.crontab_command('cat', e'a\n', '/bin/bash'), e'exec <<''END''\na\nEND\nexec /bin/bash -c ''cat''', 'both');

-- Names
select is(jobgrid_engine.import_name(jobgrid_engine.crontab_name(c.command)), c.name, c.command)
from (values ('/usr/local/bin/backup.sh --full /data >>/var/log/backup.log 2>&1', 'backup.sh --full data'),
             ('cd / && run-parts --report /etc/cron.hourly', 'cd - && run-parts --report cron.hourly'),
             ('>/tmp/x', '>-tmp-x'), (e'a\tb \u0001 c', 'a b c'),
             ('x ' || repeat('ü', 100), 'x ' || repeat('ü', 25))) c (command, name);
select is(pg_temp.doubts('[{"line": 1, "schedule": "@daily", "command": "tap same"}, {"line": 2, "schedule": "@hourly", "command": "TAP same"}, {"line": 3, "schedule": "@weekly", "command": "tap same"}]'),
    e'1 tap same\n2 TAP same 2\n3 tap same 3', 'no two alike');
select is(pg_temp.doubts('[{"line": 1, "schedule": "@yearly", "command": "tap same"}, {"line": 5, "schedule": "@daily", "command": "tap same"}, {"line": 6, "schedule": "@weekly", "command": "tap same"}]'),
    e'1 tap same left alone: job "tap same" is there already\n5 tap same left alone: job "tap same" is there already\n6 tap same 3 left alone: job "tap same 3" is there already',
    'a second time what is there is left alone, wherever its line is now');

-- What cannot be
select is(pg_temp.doubts('[{"line": 1, "problem": "it has no command"}, {"line": 2, "schedule": "@reboot", "command": "tap boot"}, {"line": 3, "schedule": "61 * * * *", "command": "tap 61"},
    {"line": 4, "schedule": "0 0 30 2 *", "command": "tap never"}, {"line": 5, "name": "CRON_TZ", "value": "Mars/Base"}, {"line": 6, "schedule": "@daily", "command": "tap mars"}]'),
    e'1 not imported: it has no command\n2 tap boot not imported: @reboot is not known: a database has no such moment, at position 1\n'
    '3 tap 61 not imported: minute 61 is not between 0 and 59, at position 1\n4 tap never not imported: it never fires: there is no such day\n'
    '6 tap mars not imported: time zone "Mars/Base" does not exist; CRON_TZ: its zone, as in cronie; the cron of Debian ignores it', 'is told, line by line');
select is((select count(*) from jobgrid.job where name ~ '^tap (boot|61|never|mars)'), 0::bigint, 'and not imported');
select is(pg_temp.error_of($$select jobgrid.import_crontab('{"line": 1}')$$),
    'JG003 entries are not the lines of a crontab jobgrid import crontab FILE reads a crontab.', 'an object');
select is(pg_temp.error_of(format('select jobgrid.import_crontab(%L)', e)), 'JG003 entries are not the lines of a crontab jobgrid import crontab FILE reads a crontab.', e)
from unnest('{"[1]","[{\"line\": 1}]","[{\"line\": 1, \"schedule\": \"@daily\"}]"}'::text[]) e;
select is((select count(*) from jobgrid.import_crontab('[]')), 0::bigint, 'an empty one');
select * from finish();
rollback;

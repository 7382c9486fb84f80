# Jobs of pgAgent, taken over from the real extension, and its own function asked when they would have run.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'pgAgent is not there for this version'
  unless -e `pg_config --sharedir` =~ s/\n//r . '/extension/pgagent.control';

my $node = new_node('main', conf => "timezone = 'Europe/London'");
my $error = error_of($node, 'select * from jobgrid.import_pgagent()');
is($error->{message}, 'pgAgent has no jobs in this database', 'without pgAgent there is nothing to import');
is($error->{sqlstate}, 'JG001', 'as with all that is not there');

# Flags as pgAgent has them, true at these places, counted from 1.
sql($node, <<'SQL');
create extension pgagent;
create role etl login;
create function public.flags(n int, list int[]) returns boolean[] language sql as
    $$ select array_agg(i = any (list) order by i) from generate_series(1, n) i $$;
create procedure public.job(id int, name text, description text default '', host text default '', enabled boolean default true)
language sql as $$
    insert into pgagent.pga_job (jobid, jobjclid, jobname, jobdesc, jobhostagent, jobenabled)
    select id, jclid, name, description, host, enabled from pgagent.pga_jobclass where jclname = 'Data Import' $$;
create procedure public.step(job int, name text, code text, kind text default 's', database text default current_database(),
    connection text default '', on_error text default 'f', enabled boolean default true)
language sql as $$
    insert into pgagent.pga_jobstep (jstjobid, jstname, jstcode, jstkind, jstdbname, jstconnstr, jstonerror, jstenabled)
    values (job, name, code, kind::"char", case when kind = 's' and connection = '' then database else '' end, connection,
            on_error::"char", enabled) $$;
create procedure public.schedule(job int, name text, minutes int[] default '{}', hours int[] default '{}', weekdays int[] default '{}',
    monthdays int[] default '{}', months int[] default '{}', since timestamptz default '2020-01-01', until timestamptz default null,
    enabled boolean default true)
language sql as $$
    insert into pgagent.pga_schedule (jscjobid, jscname, jscdesc, jscminutes, jschours, jscweekdays, jscmonthdays, jscmonths, jscstart,
                                      jscend, jscenabled)
    values (job, name, 'of ' || name, flags(60, minutes), flags(24, hours), flags(7, weekdays), flags(32, monthdays), flags(12, months),
            since, until, enabled) $$;
SQL

# When it fires: each schedule by pgAgent's own function, fire after fire, and by what it has become. Since is later than
# now, which that function would begin with else; and it is let find its first fire alone, because there it may leave out
# minutes that come before the one it begins with.
sql($node, <<'SQL');
create function public.compare(since timestamptz, minutes int[], hours int[], weekdays int[], monthdays int[], months int[], fires int)
returns text language plpgsql as $$
declare
    given  constant jsonb := jsonb_build_object('jscid', 0, 'jscname', 'x', 'jscstart', '2020-01-01', 'jscminutes', flags(60, minutes),
        'jschours', flags(24, hours), 'jscweekdays', flags(7, weekdays), 'jscmonthdays', flags(32, monthdays),
        'jscmonths', flags(12, months), 'exceptions', '[]'::jsonb);
    ours   constant jsonb := jobgrid_engine.pgagent_schedule(given, 'Europe/London');
    theirs timestamptz[] := '{}';
    at     timestamptz := since;
begin
    for i in 1..fires loop
        at := pgagent.pga_next_schedule(0, at, null, flags(60, minutes), flags(24, hours), flags(7, weekdays), flags(32, monthdays),
                                        flags(12, months));
        theirs := theirs || at;
        at := at + interval '1 minute';
    end loop;
    return case when theirs = array(
        select run_at from jobgrid.schedule_times(ours ->> 'schedule', ours ->> 'time_zone', theirs[1] - interval '1 second', fires, null,
            null, ours ->> 'when_clock_skips', ours ->> 'when_clock_repeats')) then 'same' else 'other' end
        || ': ' || (ours ->> 'schedule') || coalesce(': ' || (ours -> 'doubts' ->> 0), '');
end $$;
SQL
sub compared { return sql($node, "select compare($_[0])") }
is(compared(q{'2027-03-26', '{31}', '{2,3}', '{}', '{}', '{}', 12}), 'same: 30 1,2 * * *', 'a time that the clock leaps over is left out');
is(compared(q{'2027-10-29', '{1,31}', '{2}', '{}', '{}', '{}', 12}), 'same: 0,30 1 * * *', 'one that comes twice is the second');
is(compared(q{'2027-10-29', '{31}', '{}', '{}', '{}', '{}', 80}), 'same: 30 * * * *', 'also each hour');
is(compared(q{'2027-01-01', '{1}', '{10}', '{}', '{32}', '{}', 30}), 'same: 0 9 L * *', 'the last day of the month');
is(compared(q{'2027-01-01', '{1}', '{10}', '{}', '{15,32}', '{}', 9}),
	'same: 0 9 15 * *: its last day of the month is left out, as pgAgent does beside other days', 'not beside other days');
is(compared(q{'2027-01-01', '{1}', '{10}', '{6}', '{13}', '{}', 9}), 'same: on the 13th at 09:00 if fri', 'Friday the 13th');
is(compared(q{'2027-01-01', '{1}', '{10}', '{2,6}', '{32}', '{}', 9}), 'same: last day of month at 09:00 if mon, fri', 'or the last');
is(compared(q{'2027-01-01', '{1}', '{10}', '{2,3}', array(select generate_series(1, 31)), '{}', 9}), 'same: 0 9 * * 1,2',
	'all days are none in particular');
like(compared(q{'2027-01-01', '{}', '{}', '{}', '{}', '{}', 9}), qr/^other: \* \* \* \* \*: fires each minute, where/, 'nothing chosen');

my $seed = $ENV{JOBGRID_TEST_SEED} || 20260101;
srand $seed;
sub drawn
{
	my ($most, $least, $size) = @_;
	my $list = join ',', map { 1 + int rand $size } 1 .. $least + int rand 1 + $most - $least;
	return "'{$list}'";
}
my @calls = map {
	sprintf "compare('2027-01-01'::timestamptz + interval '%d minutes', %s)", rand 1_500_000,
	  join ', ', drawn(4, 1, 60), drawn(4, 0, 24), drawn(3, 0, 7), drawn(4, 0, 28), drawn(4, 0, 12), 12
} 1 .. 300;
is(sql($node, 'select c from (values ' . join(', ', map { "(\$\$$_\$\$, $_)" } @calls) . ") v (c, got) where got not like 'same: %'"),
	'', "what is drawn with seed $seed");

# What is imported.
sql($node, <<'SQL');
call job(1, 'nightly/load', 'Loads the day');
call step(1, 'b load', 'insert into t select 1');
call step(1, 'a clean', 'VACUUM t', on_error => 'i');
call step(1, 'c tell', e'echo done', 'b', on_error => 's');
call step(1, 'bb off', 'select 1', enabled => false);
call schedule(1, 'daily', '{1}', '{23}', '{2,3,4,5,6}');
call job(2, 'report', enabled => false);
call step(2, 's', 'select 2', connection => $$host=/tmp dbname=postgres user=etl password='x user=root'$$);
call schedule(2, 'x/y', '{1,31}', '{23}', since => '2030-01-01 12:00');
call schedule(2, 'x/y', '{31}', '{23}', '{6}', '{13}', since => '2030-01-01 23:00', until => '2030-12-31 22:00', enabled => false);
call job(3, 'batch', host => 'node7');
call step(3, 's', e'#!/bin/bash\necho "it''s ${BASH##*/}"', 'b');
call job(4, 'often');
call step(4, '1', 'x', 'b');
call step(4, '2', 'x', 'b');
call schedule(4, 'x', '{1}', '{1,13}');
call job(5, 'Report');
call step(5, 's', 'select 2', connection => 'host=db7 dbname=postgres');
call job(6, 'empty');
call job(7, 'two');
call step(7, '1', 'x', 'b');
call step(7, '2', 'x', 'b');
call schedule(7, 'week', '{1}', '{23}', '{2,3,4,5,6}');
call schedule(7, 'saturday', '{1}', '{13}', '{7}');
call job(8, 'two again');
call step(8, '1', 'x', 'b');
call step(8, '2', 'x', 'b');
call schedule(8, 'week', '{1}', '{23}', '{2,3,4,5,6}');
call schedule(8, 'friday', '{1}', '{13}', '{6}');
call job(9, 'perl');
call step(9, 's', e'#! /usr/bin/perl -w\nprint 1', 'b');
call job(10, 'never', enabled => false); -- pgAgent's own trigger fails on it otherwise
call step(10, 's', 'select 1', connection => 'dbname=jobgrid user=etl options=-cwork_mem=1MB');
call schedule(10, 'x', '{1}', '{1}', monthdays => '{31}', months => '{2}');
call job(11, 'bounds');
call step(11, 's', 'select 1', connection => 'dbname=jobgrid user=etl');
call schedule(11, 'late', '{1}', '{10}', since => '2030-01-01 12:00', until => '2030-02-01 08:00');
call schedule(11, 'split', '{1}', '{10,15}', since => '2030-01-01 12:00', until => '2030-02-01 12:00');
insert into pgagent.pga_exception (jexscid, jexdate, jextime)
select k.jscid, x.day, x.at from pgagent.pga_schedule k, (values
    ('daily', date '2030-12-24', null::time), ('daily', '2030-12-25', '22:00'), ('daily', '2030-12-26', '21:00'),
    ('daily', '2020-12-24', null), ('late', null, '09:00'), ('split', '2030-01-20', '14:00')) x (schedule, day, at)
where k.jscname = x.schedule;
create table public.t (n int);
grant all on public.t to etl;
SQL

my $list = q{select job, coalesce(in_words, ''), coalesce(doubt, '') from jobgrid.import_pgagent(%s)};
my $waits = 'waits until the step before it has succeeded on the same day; while it waits, so do its later runs';
my $alone = 'transaction = none: its command cannot run, or commits, inside a transaction';
my $goes_on = 'pgAgent goes on where it fails: here the next step waits until it has succeeded';
my $expected = <<"LIST" =~ s/\n\z//r;
nightly-load: a clean|every weekday at 22:00 in Europe/London|$alone; $goes_on
nightly-load: b load|every weekday at 22:00 in Europe/London|$waits
nightly-load: c tell|every weekday at 22:00 in Europe/London|no run_as: pgAgent ran it as its own user; $waits; pgAgent takes its failure for a success
nightly-load: bb off||not imported: the step is disabled in pgAgent
report|every day at 22:00 and 22:30 in Europe/London; on the 13th if fri at 22:30 in Europe/London (disabled)|database "postgres": not exactly once; disabled in pgAgent
batch||no run_as: pgAgent ran it as its own user; no executor: pgAgent ran it on host "node7"; it has no schedule
often: 1|every day at 00:00 and 12:00 in Europe/London|not imported: its steps follow each other more than once a day; no run_as: pgAgent ran it as its own user
often: 2|every day at 00:00 and 12:00 in Europe/London|not imported: its steps follow each other more than once a day; no run_as: pgAgent ran it as its own user; $waits
Report 2||not imported: its connection string names another server; database "postgres": not exactly once; it has no schedule
empty||not imported: it has no enabled step
two: 1|every weekday at 22:00 in Europe/London; every sat at 12:00 in Europe/London|no run_as: pgAgent ran it as its own user
two: 2|every weekday at 22:00 in Europe/London; every sat at 12:00 in Europe/London|no run_as: pgAgent ran it as its own user; $waits
two again: 1|every weekday at 22:00 in Europe/London; every fri at 12:00 in Europe/London|not imported: its steps follow each other more than once a day; no run_as: pgAgent ran it as its own user
two again: 2|every weekday at 22:00 in Europe/London; every fri at 12:00 in Europe/London|not imported: its steps follow each other more than once a day; no run_as: pgAgent ran it as its own user; $waits
perl||no run_as: pgAgent ran it as its own user; run by /bin/sh, not by /usr/bin/perl -w; it has no schedule
never||not imported: it never fires: there is no such day; options of its connection string: not taken over; disabled in pgAgent
bounds|every day at 09:00 in Europe/London; every day at 09:00 and 14:00 in Europe/London|late: fires at 09:00, which an exception leaves out; split: begins with the day 2030-01-01, not at 12:00; split: ends with the day 2030-02-01, not at 12:00; split: fires at 2030-01-20 14:00, which an exception leaves out
LIST
is(sql($node, sprintf $list, q{sql_role => 'etl'}), $expected, 'first it says what it would do');
is(sql($node, 'select (select count(*) from jobgrid.job), (select count(*) from jobgrid.schedule), (select count(*) from jobgrid.calendar)'),
	'0|0|0', 'and leaves nothing');
like(sql($node, sprintf $list, ''), qr/^nightly-load: a clean\|.*\|not imported: as whom it is to run is not on record: name a role with sql_role;/,
	"a superuser's rights are not lent by silence");
like(sql($node, sprintf $list, ''), qr/^nightly-load: c tell\|.*\|not imported: job "nightly-load: b load" does not exist;/m,
	'and a step does not run without the one before it');
is(sql($node, "set timezone = 'UTC';" . sprintf $list, q{sql_role => 'etl'}), $expected, 'whatever zone a client has set');
is(sql($node, sprintf $list, q{dry_run => false, sql_role => 'etl'}), $expected, 'then it does it');

is(sql($node, q{select name, kind, coalesce(sql_role, ''), coalesce(database, ''), coalesce(transaction, ''), after, tags, timeout, enabled
		from jobgrid.job where name ~ 'load|report' order by job_id}), <<'LIST' =~ s/\n\z//r, 'a job is');
nightly-load: a clean|sql|etl|jobgrid|none|{}|{pgagent,"Data Import"}|30 days|f
nightly-load: b load|sql|etl|jobgrid|one|{"nightly-load: a clean"}|{pgagent,"Data Import"}|30 days|f
nightly-load: c tell|shell||||{"nightly-load: b load"}|{pgagent,"Data Import"}|30 days|f
report|sql|etl|postgres|none|{}|{pgagent,"Data Import"}|30 days|f
LIST
is(sql($node, q{select description from jobgrid.job where name = 'nightly-load: b load'}), "Job 1 of pgAgent, step 1\nLoads the day", 'and says what it was');
is(sql($node, q{select name, schedule, time_zone, calendar, valid_from, valid_until, enabled, when_missed, on_overlap, note
		from jobgrid.schedule where job in ('nightly-load: a clean', 'report', 'bounds') order by schedule_id}), <<'LIST' =~ s/\n\z//r, 'its schedules are');
daily|0 22 * * 1,2,3,4,5|Europe/London|pgAgent schedule 1|||t|latest|skip|of daily
x-y|0,30 22 * * *|Europe/London||2030-01-01||t|latest|skip|of x/y
x-y 2|on the 13th at 22:30 if fri|Europe/London||2030-01-01|2030-12-31|f|latest|skip|of x/y
late|0 9 * * *|Europe/London||2030-01-02|2030-01-31|t|latest|skip|of late
split|0 9,14 * * *|Europe/London||2030-01-01|2030-02-01|t|latest|skip|of split
LIST
is(sql($node, q{select string_agg(day || ' ' || kind, ', ' order by day) from jobgrid.calendar_day}), '2030-12-24 holiday, 2030-12-25 holiday',
	'exceptions that leave something out are days of a calendar');
my $after_all = sql($node, sprintf $list, q{dry_run => false, sql_role => 'etl'});
like($after_all, qr/^report\|.*\|left alone: job "report" is there already$/m, 'a second time it leaves them alone');
unlike($after_all, qr/^(?!.*\|(?:left alone|not imported): )/m, 'all of them');
sql($node, q{update jobgrid.job set name = 'renamed' where name = 'report'});
like(sql($node, sprintf $list, q{dry_run => false, sql_role => 'etl'}), qr/^renamed\|.*\|left alone: job "renamed" is there already$/m,
	'also under another name');

# As the caller: reading what is imported, lending a role, making a calendar.
sql($node, <<'SQL');
create role data;
create role author login in role jobgrid_author, data;
insert into jobgrid.team (name, database_role) values ('Data', 'data');
update jobgrid.job set after = '{}';
delete from jobgrid.job;
delete from jobgrid.calendar;
SQL
sub as_author { return error_of($node, "select * from jobgrid.import_pgagent($_[0])", user => 'author') }
sub told_author
{
	return $node->safe_psql('jobgrid', "select coalesce(doubt, '') from jobgrid.import_pgagent($_[0])", extra_params => [ '-U', 'author' ]);
}
like(as_author('')->{message}, qr/permission denied for schema pgagent/, 'who may not read pgAgent imports nothing');
sql($node, 'grant usage on schema pgagent to author; grant select on all tables in schema pgagent to author');
like(told_author(''), qr/^not imported: its exceptions are days of a calendar, which author may not make; .*\bsql_role "author": pgAgent runs it as the role of its own connection/m,
	'without the right to calendars what has exceptions stays');
like(told_author(''), qr/^not imported: job "report": author is not a member of role etl; /m, 'nobody runs as somebody else');
sql($node, 'grant jobgrid_business to author; grant etl to author');
like(told_author('false'), qr/^(?!not imported)(?:(?!sql_role).)*sql_role "author"/, 'with it, it does not');
is(sql($node, q{select distinct j.owner_team, k.owner_team, k.tenant from jobgrid.job j, jobgrid.calendar k}), 'Data|Data|default', 'for the team');
sql($node, q{update jobgrid.job set after = '{}'; delete from jobgrid.job; delete from jobgrid.calendar});
sql($node, q{select * from jobgrid.import_pgagent(false, sql_role => 'etl')});

# The chain: the second step waits for the first, of the same date.
sql($node, q{update jobgrid.job set enabled = true where name ~ 'load'; update jobgrid.schedule set schedule = 'every second' where job = 'nightly-load: b load'});
wait_until($node, q{select count(*) > 0 from jobgrid.run where job = 'nightly-load: b load' and state = 'waiting' and reason = 'condition'});
sql($node, q{select jobgrid.submit('nightly-load: a clean')});
wait_until($node, 'select count(*) > 0 from public.t');
pass('an enabled chain runs');

# A batch does what it did.
my $executor = start_executor($node);
sql($node, q{update jobgrid.job set enabled = true where name = 'batch'});
my $run = sql($node, q{select run_id from jobgrid.submit('batch')});
is((split /\|/, wait_for_run($node, $run))[0], 'succeeded', 'an enabled batch runs');
is(sql($node, "select text from jobgrid.logs($run)"), "it's bash\n", 'by the shell that it names');

done_testing();

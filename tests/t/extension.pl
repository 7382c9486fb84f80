# What installing and removing the extension leaves, takes over and refuses.
use strict;
use warnings;
use Jobgrid::Test;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @roles = map {"jobgrid_$_"}
  qw(owner viewer submitter business operator author approver auditor admin executor gateway);

my $node = new_node('main', extension => 0, conf => <<'EOF');
jobgrid.lease = '1s'
jobgrid.grace = '0'
jobgrid.partition_rows = 100
EOF

# Refusals
my $error = error_of($node, 'create extension jobgrid', database => 'postgres');
is($error->{sqlstate}, 'JG009', 'another database than jobgrid.database is refused');
like($error->{hint}, qr/^Connect to database jobgrid, or set jobgrid\.database to 'postgres'/,
	'the hint names both ways');
is($node->safe_psql('postgres', q{select count(*) from pg_namespace where nspname like 'jobgrid%'}), 0,
	'nothing of it is left there');

for my $conf ("shared_preload_libraries = ''", "shared_preload_libraries = ''\njobgrid.database = 'jobgrid'")
{
	my $bare = PostgreSQL::Test::Cluster->new('bare_' . length $conf);
	$bare->init;
	$bare->append_conf('postgresql.conf', $conf);
	$bare->start;
	$bare->safe_psql('postgres', 'create database jobgrid');
	$error = error_of($bare, 'create extension jobgrid');
	my $how = $conf =~ /database/ ? 'with jobgrid.database set' : 'without a setting';
	is($error->{sqlstate}, 'JG009', "a server that does not preload it is refused, $how");
	like($error->{hint}, qr/shared_preload_libraries/, "the hint says what to set, $how");
	$bare->stop;
}

{
	my $latin = PostgreSQL::Test::Cluster->new('latin');
	$latin->init;
	$latin->append_conf('postgresql.conf', "shared_preload_libraries = 'jobgrid'\njobgrid.database = 'jobgrid'");
	$latin->start;
	$latin->safe_psql('postgres', q{create database jobgrid encoding 'latin1' locale 'C' template template0});
	$error = error_of($latin, 'create extension jobgrid');
	is("$error->{sqlstate} $error->{message}", 'JG009 jobgrid works in a database of encoding UTF8, and jobgrid has LATIN1',
		'a database that cannot hold every text is refused');
	$latin->stop;
}

for my $right (qw(login superuser createdb createrole replication bypassrls))
{
	sql($node, "create role jobgrid_viewer nologin; alter role jobgrid_viewer $right");
	$error = error_of($node, 'create extension jobgrid');
	is("$error->{sqlstate} $error->{message}", 'JG009 role jobgrid_viewer exists and has rights of its own',
		"a role of our name with $right is refused");
	my ($cure) = $error->{hint} =~ /: (ALTER ROLE .*;)$/;
	sql($node, $cure);
	is(sql($node, q{select rolcanlogin or rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls
		from pg_roles where rolname = 'jobgrid_viewer'}), 'f', 'the hint works when pasted');
	sql($node, 'drop role jobgrid_viewer');
}
sql($node, 'create role jobgrid_owner nologin; create role powers; grant powers to jobgrid_owner');
$error = error_of($node, 'create extension jobgrid');
is($error->{sqlstate}, 'JG009', 'an owner that is a member of another role is refused');
sql($node, $error->{hint});
sql($node, 'create role jobgrid_viewer nologin');
sql($node, 'set client_min_messages to warning; create extension jobgrid');
pass('after the hints it installs, with harmless roles that were there');
is(sql($node, sprintf q{select count(*) from pg_roles where rolname = any ('{%s}') and not rolcanlogin},
	join ',', @roles), scalar @roles, 'all roles are there and cannot log in');
is(sql($node, q{select string_agg(r.rolname, ',' order by r.rolname)
	from pg_auth_members m join pg_roles r on r.oid = m.member where m.roleid = 'jobgrid_viewer'::regrole}),
	'jobgrid_admin,jobgrid_approver,jobgrid_auditor,jobgrid_author,jobgrid_business,jobgrid_operator,jobgrid_submitter',
	'those who act also see');

# Ownership
my $foreign = <<'EOF';
select string_agg(pg_describe_object(o.classid, o.oid, 0), ', ') from (
    select 'pg_class'::regclass as classid, c.oid, c.relowner as owner, c.relispartition as partition
    from pg_class c where c.relnamespace in ('jobgrid'::regnamespace, 'jobgrid_engine'::regnamespace)
      and c.relkind in ('r', 'p', 'v', 'S', 'm', 'f') and not (c.relkind = 'S' and exists (
          select from pg_depend i where i.classid = 'pg_class'::regclass and i.objid = c.oid and i.deptype = 'i'))
    union all
    select 'pg_proc'::regclass, p.oid, p.proowner, false
    from pg_proc p where p.pronamespace in ('jobgrid'::regnamespace, 'jobgrid_engine'::regnamespace)
    union all
    select 'pg_namespace'::regclass, n.oid, n.nspowner, false from pg_namespace n where n.nspname like 'jobgrid%'
) o where
EOF
is(sql($node, "$foreign o.owner <> 'jobgrid_owner'::regrole"), '', 'everything belongs to jobgrid_owner');
my $loose = <<'EOF';
not o.partition and not exists (select from pg_depend d where d.classid = o.classid and d.objid = o.oid
    and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e')
EOF
is(sql($node, "$foreign $loose"), '', 'everything but partitions is part of the extension');

# Runs in every state that a run comes to, partitions of all families, a session that has used them
my $session = start_session($node, name => 'hand');
my $user = $node->background_psql('jobgrid', on_error_stop => 0);
my $fill = <<'EOF';
select jobgrid.define_job('work', kind => 'noop'), jobgrid.define_job('after work', kind => 'noop', after => '{work}'),
       jobgrid.define_job('elsewhere', kind => 'external');
select count(*) from jobgrid.submit_many('work', count => 150);
select jobgrid.submit('work', delay => '1 day'), jobgrid.submit('after work', business_date => '2001-01-01'),
       jobgrid.submit('elsewhere'), jobgrid.submit('work', idempotency_key => 'k');
EOF

sub fill
{
	$user->query_safe($fill);
	$session->hello(slots => 1000);
	my @taken = $session->claim(8);
	$session->exchange([
		report($taken[0], 'exited', exit_code => 0), report($taken[1], 'exited', exit_code => 1),
		map { report($_, 'started') } @taken[2 .. 7] ], 0);
	my $chunks = join ', ',
	  map {"row($_->{run_id}, 1, $_->{fence}, 1, 'o', 0, 'text')::jobgrid_engine.chunk"} @taken[2 .. 7];
	$session->query("select * from jobgrid_engine.write_output(array[$chunks])");
	$user->query_safe("select jobgrid.cancel(max(run_id)) from jobgrid.run where job = 'work' and state = 'queued'");
	$user->query_safe("select jobgrid.set_outcome($taken[1]{run_id}, 'skipped', 'test')");
	$user->query_safe("select jobgrid.hold(max(run_id)) from jobgrid.run where job = 'work' and state = 'queued'");
	$session->exchange([ report($taken[2], 'exited', exit_code => 3) ], 1);
	wait_until($node, q{select exists (select from jobgrid.run where job = 'elsewhere' and state = 'running')});
	return;
}
fill();
my $states = q{select string_agg(distinct state, ',' order by state) from jobgrid.run};
is(sql($node, $states), 'cancelled,failed,held,queued,running,skipped,starting,succeeded,waiting',
	'there are runs in every state that needs no lost executor');
is(sql($node, q{select count(*) > 1 from pg_inherits where inhparent = 'jobgrid_engine.run'::regclass}), 't',
	'there are several partitions');
# A range grows old: what lives in it is kept in the twins
sql($node, <<'EOF');
set session_replication_role = replica;
update jobgrid_engine.run_1 set submitted_at = submitted_at - interval '100 days', finished_at = finished_at - interval '100 days';
select pg_terminate_backend(pid) from jobgrid.stat_scheduler where worker = 'janitor';
EOF
wait_until($node, q{select to_regclass('jobgrid_engine.run_1') is null});
cmp_ok(sql($node, 'select count(*) from jobgrid_engine.kept_run'), '>', 10, 'there are kept runs');
cmp_ok(sql($node, 'select count(*) from jobgrid_engine.kept_output'), '>', 0, 'and what is theirs');
is(sql($node, $foreign . ' o.partition and o.owner <> \'jobgrid_owner\'::regrole'), '',
	'partitions belong to jobgrid_owner');
$session->leave;
wait_until($node, q{select exists (select from jobgrid.run where state = 'unknown')});

# Removal, while the workers run and a session has used it
sql($node, 'drop extension jobgrid');
pass('DROP EXTENSION needs no CASCADE');
is(sql($node, <<'EOF'), '', 'nothing is left in the catalogue');
select string_agg(pg_describe_object(classid, oid, 0), ', ') from (
    select 'pg_class'::regclass as classid, oid from pg_class where relname ~ 'jobgrid'
        or relnamespace not in (select oid from pg_namespace)
    union all select 'pg_namespace'::regclass, oid from pg_namespace where nspname ~ 'jobgrid'
    union all select 'pg_proc'::regclass, oid from pg_proc where probin ~ 'jobgrid' or proname ~ 'jobgrid'
    union all select 'pg_type'::regclass, oid from pg_type where typnamespace not in (select oid from pg_namespace)
    union all select 'pg_event_trigger'::regclass, oid from pg_event_trigger
) o
EOF
is(sql($node, sprintf q{select count(*) from pg_roles where rolname = any ('{%s}')}, join ',', @roles), scalar @roles,
	'the roles stay');
is(sql($node, q{select count(*) from pg_shdepend d join pg_roles r on r.oid = d.refobjid
	where d.refclassid = 'pg_authid'::regclass and r.rolname like 'jobgrid\_%'}), 0,
		'they own nothing and have no rights');

# And again, for sessions that knew the old one too
sql($node, 'set client_min_messages to warning; create extension jobgrid');
is(sql($node, 'select count(*) from jobgrid.job'), 0, 'a new installation knows nothing of the old one');
$session = start_session($node, name => 'hand');
fill();
is(sql($node, "select min(run_id) from jobgrid_engine.run"), 1, 'runs count from 1 again');
is(sql($node, $states), 'cancelled,failed,held,queued,running,skipped,starting,succeeded,waiting', 'and it works');
$session->leave;
$user->quit;

sql($node, 'drop extension jobgrid');
sql($node, "drop role $_") for reverse @roles;
pass('every role can be dropped then');
sql($node, 'set client_min_messages to warning; create extension jobgrid');
sql($node, q{select jobgrid.define_job('work', kind => 'noop')});
is(sql($node, q{select run_id from jobgrid.submit('work')}), 1, 'and comes again');

# Another database is made the control database: the old one takes nothing and hands out nothing
$node->append_conf('postgresql.conf', "jobgrid.database = 'postgres'");
$node->restart;
for my $call (q{jobgrid.submit('work')}, 'jobgrid.cancel(1)',
	q{jobgrid_engine.hello('hand', gen_random_uuid(), 1, 1, '{noop}')})
{
	$error = error_of($node, "select $call");
	is($error->{sqlstate}, 'JG009', "no longer the control database: $call");
	like($error->{hint} // '', qr/jobgrid\.database/, 'the hint says what to set');
}
is(sql($node, q{select fix from jobgrid.check_install() where check_name = 'database' and not ok}),
	q{ALTER SYSTEM SET jobgrid.database = 'jobgrid'; and restart the server.}, 'check_install() says so');
is(sql($node, 'select count(*) from jobgrid.run'), 1, 'and it can be read');
unlike(slurp_file($node->logfile), qr/PANIC:|was terminated by signal/, 'no process crashed');
$node->stop;
done_testing();

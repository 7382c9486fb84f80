-- The history of the config tables: what is recorded of whom, who sees it, what undo does and refuses, tickets.
begin;
select plan(114);

create function pg_temp.try(role name, command text) returns text language plpgsql as $$
declare answer text;
begin
    execute format('set local session authorization %I', role);
    begin
        execute command into answer;
    exception when others then
        answer := sqlstate;
    end;
    set local session authorization default;
    return coalesce(answer, 'null');
end $$;
create function pg_temp.message_of(command text) returns text language plpgsql as $$
declare message text; detail text; hint text;
begin
    execute command;
    return 'no error';
exception when others then
    get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint;
    return format('%s|%s|%s', message, detail, hint);
end $$;
create function pg_temp.last(n integer default 0) returns bigint stable language sql as $$
    select change_id from jobgrid.config_history order by change_id desc offset n limit 1
$$;
-- A transaction of its own, for those that have ended.
create function pg_temp.end_transaction() returns void language plpgsql as $$
begin
    set local session_replication_role = replica;
    update jobgrid_engine.config_change set xid = (xid::text::bigint + (select max(change_id) from jobgrid_engine.config_change))::text::xid8 where xid = pg_current_xact_id();
    set local session_replication_role = origin;
end $$;

create role tap_a;
create role tap_b;
create role tap_viewer login in role jobgrid_viewer, tap_a;
create role tap_viewer_b login in role jobgrid_viewer, tap_b;
create role tap_stranger login in role jobgrid_viewer;
create role tap_auditor login in role jobgrid_auditor;
create role tap_business login in role jobgrid_business, tap_a;
create role tap_other login in role jobgrid_business, jobgrid_author, tap_b;
create role tap_author login in role jobgrid_author, tap_a;
create role tap_admin login in role jobgrid_admin;
create role tap_gateway login in role jobgrid_gateway, tap_business;
insert into jobgrid.tenant (name) values ('tap A'), ('tap B');
insert into jobgrid.team (name, tenant, database_role) values ('tap a', 'tap A', 'tap_a'), ('tap b', 'tap B', 'tap_b');
insert into jobgrid.job (name, tenant, kind, owner_team, timeout, tags) values
    ('tap j', 'tap A', 'noop', 'tap a', '2 hours', '{x}'), ('tap j', 'tap B', 'noop', 'tap b', '2 hours', '{x}'),
    ('tap k', 'tap A', 'noop', 'tap a', '2 hours', '{x}');

-- Every config table has a history, every one with tenants their tickets, and no id is part of a row's decisions
select is_empty($$
    select c.relname from pg_class c
    where c.relnamespace = 'jobgrid'::regnamespace and c.relkind = 'r'
      and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'record_change')$$,
    'every config table has a history');
select is_empty($$
    select c.relname from pg_class c
    where c.relnamespace = 'jobgrid'::regnamespace and c.relkind = 'r'
      and (c.relname = 'tenant' or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant'))
      and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'check_ticket')$$,
    'every one that belongs to tenants asks for tickets');
select is_empty($$
    select a.attrelid::regclass, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'jobgrid'::regnamespace and c.relkind = 'r' and a.attnum > 0
      and (a.attidentity <> '' or a.attgenerated <> '')
      and jobgrid_engine.config_row(jsonb_build_object(a.attname, 1)) <> '{}'$$, 'no id and nothing generated is recorded');

-- What is recorded
select is(pg_temp.try('tap_business', $$update jobgrid.job set priority = 'high', attempts = 5 where name = 'tap j' returning name$$),
    'tap j', 'a business user edits');
select is((select (changed_by, set_role, actor, source, reason, ticket, tenant, table_name, operation, old, new)::text
           from jobgrid.config_history where change_id = pg_temp.last()),
    '(tap_business,,,sql,,,"tap A",job,update,"{""attempts"": 1, ""priority"": ""normal""}",'
    '"{""attempts"": 5, ""priority"": ""high""}")', 'by whom, and what changed, and nothing else');
select is((select key from jobgrid.config_history where change_id = pg_temp.last()),
    '{"tenant": "tap A", "full_name": "tap j"}', 'of which row');
select is((select (transaction = pg_current_xact_id(), at > now(), client, program)::text from jobgrid.config_history
           where change_id = pg_temp.last()), format('(t,t,,%s)', current_setting('application_name')), 'when and from where');
set local session authorization tap_business;
set local role jobgrid_business;
update jobgrid.job set attempts = 6 where name = 'tap j';
reset session authorization;
select is((select (changed_by, set_role, actor)::text from jobgrid.config_history where change_id = pg_temp.last()),
    '(tap_business,jobgrid_business,)', 'SET ROLE hides nobody');
set local session authorization tap_gateway;
set local role tap_business;
update jobgrid.job set attempts = 7 where name = 'tap j';
reset session authorization;
select is((select (changed_by, set_role, actor)::text from jobgrid.config_history where change_id = pg_temp.last()),
    '(tap_gateway,tap_business,tap_business)', 'nor does a gateway');
set local jobgrid.change_reason = 'why';
set local jobgrid.change_ticket = 'CHG-1';
set local jobgrid.change_source = 'web';
update jobgrid.job set attempts = 8 where name = 'tap j' and tenant = 'tap A';
select is((select (source, reason, ticket)::text from jobgrid.config_history where change_id = pg_temp.last()), '(web,why,CHG-1)',
    'why, and by what means');
reset jobgrid.change_reason;
reset jobgrid.change_ticket;
reset jobgrid.change_source;
select throws_ok(format('set jobgrid.%s = %L', s.name, repeat('x', s.most + 1)), '22023', null, format('%s has a length', s.name))
from (values ('change_reason', 1000), ('change_ticket', 100), ('change_source', 63)) s (name, most);

select pg_temp.last() as before \gset
update jobgrid.job set attempts = attempts where tenant = 'tap A';
select is(pg_temp.last(), :before::bigint, 'an update that changes nothing is none');
savepoint edit;
update jobgrid.job set attempts = 9 where tenant = 'tap A';
rollback to edit;
select is(pg_temp.last(), :before::bigint, 'what is rolled back is none');
insert into jobgrid.job (name, tenant, kind) select 'tap bulk ' || n, 'tap A', 'noop' from generate_series(1, 1000) n;
update jobgrid.job set title = 'x' where name like 'tap bulk %';
select is((select (count(*), count(distinct key))::text from jobgrid.config_history
           where change_id > :before and operation = 'update'), '(1000,1000)', 'an edit of 1,000 jobs is 1,000 changes');
delete from jobgrid.job where name like 'tap bulk %';
select is((select count(*) from jobgrid.config_history where change_id > :before and operation = 'delete'), 1000::bigint,
    'so is their deletion');

insert into jobgrid.pool (name, description) values ('tap pool', 'x');
select is((select (tenant, key, old, new)::text from jobgrid.config_history where change_id = pg_temp.last()),
    '(,"{""name"": ""tap pool""}",,"{""name"": ""tap pool"", ""description"": ""x""}")', 'a new row is there as a whole, a shared one is nobody''s');
delete from jobgrid.pool where name = 'tap pool';
select is((select (operation, old, new)::text from jobgrid.config_history where change_id = pg_temp.last()),
    '(delete,"{""name"": ""tap pool"", ""description"": ""x""}",)', 'so is one that goes');
set local timezone = 'Asia/Tokyo';
set local intervalstyle = 'iso_8601';
update jobgrid.job set timeout = '3 hours' where name = 'tap k';
reset timezone;
reset intervalstyle;
select is((select new from jobgrid.config_history where change_id = pg_temp.last()), '{"timeout": "03:00:00"}',
    'the session''s settings do not show');

-- What a change brings along, and acts
insert into jobgrid.queue (name) values ('tap queue');
update jobgrid.job set queue = 'tap queue' where name = 'tap k';
update jobgrid.queue set name = 'tap line' where name = 'tap queue';
select is((select string_agg((table_name, key, old, new)::text, ' ' order by change_id) from jobgrid.config_history
           where change_id > pg_temp.last(2)),
    '(queue,"{""name"": ""tap line""}","{""name"": ""tap queue""}","{""name"": ""tap line""}") '
    '(job,"{""tenant"": ""tap A"", ""full_name"": ""tap k""}","{""queue"": ""tap queue""}","{""queue"": ""tap line""}")',
    'a rename and what it brings along');
select jobgrid.pause_queue('tap line', 'INC1') \g /dev/null
select is((select new from jobgrid.config_history where change_id = pg_temp.last()), '{"paused": true, "paused_reason": "INC1"}',
    'a pause is remembered');
select throws_ok(format('select jobgrid.undo_change(%s, ''x'')', pg_temp.last()), 'JG002', null, 'but is no edit');
select jobgrid.resume_queue('tap line'), jobgrid.hold(job => 'tap k', tenant => 'tap A', reason => 'INC2') \g /dev/null
select is((select new from jobgrid.config_history where change_id = pg_temp.last()), '{"held": true, "held_reason": "INC2"}',
    'a hold too');
select jobgrid.release(job => 'tap k', tenant => 'tap A') \g /dev/null

-- row_security = off is how a dump is known; nobody else gets past the history by it
set local row_security = off;
select is(pg_temp.try('tap_author', $$insert into jobgrid.job (name, tenant, kind) values ('tap past', 'tap A', 'noop')$$), '42501',
    'a setting is no way past the history');
create function pg_temp.owners() returns void language sql security definer as
    $$insert into jobgrid.pool (name) values ('tap past')$$;
grant insert on jobgrid.pool to tap_admin;
alter function pg_temp.owners() owner to jobgrid_owner;
select pg_temp.last() as before \gset
select is(pg_temp.try('tap_admin', 'select pg_temp.owners()'), 'null', 'nor where the owner inserts');
select is((select key ->> 'name' from jobgrid.config_history where change_id > :before), 'tap past', 'which is recorded');
insert into jobgrid.pool (name) values ('tap loaded');
select is(pg_temp.last(), :before::bigint + 1, 'a superuser loads a dump');
reset row_security;

-- Only added to
select throws_ok('update jobgrid_engine.config_change set reason = ''x''', 'JG007', null, 'a superuser changes no history');
select throws_ok('delete from jobgrid_engine.config_change', 'JG007', null, 'nor deletes it');
select throws_ok('truncate jobgrid_engine.config_change', 'JG007', null, 'nor empties it');

-- Who sees what
update jobgrid.job set title = 'of B' where name = 'tap j' and tenant = 'tap B';
select pg_temp.last() as of_b \gset
select is(pg_temp.try('tap_viewer', $$select string_agg(distinct coalesce(tenant, '-'), ',') from jobgrid.config_history$$), '-,tap A',
    'a viewer of one tenant sees its changes and those of what is shared');
select is(pg_temp.try('tap_viewer', format('select count(*) from jobgrid.config_history where change_id = %s', :of_b)), '0',
    'none of the other');
select is(pg_temp.try('tap_viewer_b', format('select count(*) from jobgrid.config_history where change_id = %s', :of_b)), '1',
    'whose viewer does');
select is(pg_temp.try('tap_viewer', format('select jobgrid.config_diff(%s)', :of_b)), 'JG001', 'it does not exist for him');
select is(pg_temp.try('tap_business', format('select jobgrid.undo_change(%s, ''x'')', :of_b)), 'JG001', 'nor for his undo');
select is(pg_temp.try('tap_auditor', format('select count(*) from jobgrid.config_history where change_id = %s', :of_b)), '1',
    'auditors see all');
select is(pg_temp.try('tap_stranger', $$select string_agg(distinct coalesce(tenant, '-'), ',') from jobgrid.config_history$$), '-',
    'no team, nothing but what is shared');
select is(pg_temp.try('tap_viewer', 'select count(*) from jobgrid_engine.config_change'), '42501', 'nobody sees the table');
insert into jobgrid.queue (name, tenant, description) values ('tap moves', 'tap A', 'secret of A');
update jobgrid.queue set tenant = 'tap B', description = null where name = 'tap moves';
select is(pg_temp.try('tap_viewer_b', $$select count(*) from jobgrid.config_history where key = '{"name": "tap moves"}'$$), '0',
    'a row that has moved does not take its past along');
select is((select tenant from jobgrid.config_history where change_id = pg_temp.last()), 'tap B', 'it is the new tenant''s');
update jobgrid.tenant set name = 'tap A2' where name = 'tap A';
select is(pg_temp.try('tap_viewer', $$select string_agg(distinct coalesce(tenant, '-'), ',') from jobgrid.config_history$$), '-,tap A2',
    'a renamed tenant keeps its history');
select is(pg_temp.try('tap_viewer', format($$select count(*) from jobgrid.config_history where change_id > %s and table_name = 'job'$$, :of_b)),
    '2', 'and what the rename brought along');
update jobgrid.tenant set name = 'tap A' where name = 'tap A2';
insert into jobgrid.tenant (name) values ('tap C');
delete from jobgrid.tenant where name = 'tap C';
select is((select array_agg(pg_temp.try(r, $$select count(*) from jobgrid.config_history where key = '{"name": "tap C"}'$$))
           from unnest('{tap_viewer,tap_auditor,tap_admin}'::name[]) r), '{0,2,2}', 'what is left of a tenant is for those who see all');
insert into jobgrid.tenant (name) values ('tap D');
insert into jobgrid.queue (name, tenant) values ('tap D', 'tap D');
with gone as (delete from jobgrid.queue where name = 'tap D') delete from jobgrid.tenant where name = 'tap D';
select is(pg_temp.try('tap_viewer', $$select count(*) from jobgrid.config_history where key = '{"name": "tap D"}'$$), '0',
    'nothing is shared because its tenant went with it');

-- Differences
update jobgrid.job set title = 'new', tags = '{y,z}', description = null where name = 'tap k';
select results_eq(format('select * from jobgrid.config_diff(%s)', pg_temp.last()),
    $$values ('tags', '["x"]', '["y", "z"]'), ('title', null, 'new')$$, 'a difference is a row a column');
insert into jobgrid.resource (name, amount) values ('tap', 3);
select results_eq(format('select * from jobgrid.config_diff(%s)', pg_temp.last()),
    $$values ('amount', null, '3'), ('name', null, 'tap')$$, 'of a new row what it has');
select throws_ok('select jobgrid.config_diff(null)', 'JG001', 'change null does not exist', 'a change exists');

-- As it was
create temp table moment (n integer, at timestamptz, rows jsonb);
create function pg_temp.look(n integer) returns void language sql as $$
    insert into moment select look.n, clock_timestamp(),
        (select jsonb_agg(jobgrid_engine.config_row(to_jsonb(j)) || jsonb_build_object('full_name', j.full_name) order by tenant, full_name)
         from jobgrid.job j)
$$;
select pg_temp.look(1) \g /dev/null
update jobgrid.job set name = 'tap kk', title = 'other' where name = 'tap k';
select pg_temp.look(2) \g /dev/null
insert into jobgrid.job (name, tenant, kind, owner_team) values ('tap k', 'tap A', 'noop', 'tap a');
update jobgrid.job set title = 'a second k' where name = 'tap k';
select pg_temp.look(3) \g /dev/null
delete from jobgrid.job where name in ('tap k', 'tap kk');
select pg_temp.look(4) \g /dev/null
insert into jobgrid.job (name, tenant, kind, owner_team) values ('tap k', 'tap A', 'noop', 'tap a');
select pg_temp.look(5) \g /dev/null
select is((select jsonb_agg(r order by r ->> 'tenant', r ->> 'full_name') from jobgrid.config_as_of('job', m.at) r), m.rows,
    format('jobs as they were, moment %s', m.n))
from moment m order by m.n;
select is((select count(*) from jobgrid.config_as_of('job', '-infinity') r where r ->> 'name' like 'tap%'), 0::bigint, 'before they were made');
select is(pg_temp.try('tap_viewer', format('select string_agg(r ->> ''full_name'', '','' order by r ->> ''full_name'') from jobgrid.config_as_of(''job'', %L) r',
                                           (select at from moment where n = 3))), 'tap j,tap k,tap kk', 'those that one sees');
select is(pg_temp.try('tap_viewer_b', format('select count(*) from jobgrid.config_as_of(''job'', %L)', (select at from moment where n = 3))), '1',
    'the other tenant''s viewer, his');
select is((select r from jobgrid.config_as_of('queue', (select at from moment where n = 1)) r where r ->> 'name' = 'tap moves'),
    '{"name": "tap moves", "paused": false, "tenant": "tap B", "description": null, "paused_reason": null}', 'any table');
select is(pg_temp.try('tap_viewer_b', $$select count(*) from jobgrid.config_as_of('queue', now()) r where r ->> 'name' = 'tap moves'$$), '0',
    'and no row that was another''s');
select throws_ok('select jobgrid.config_as_of(''jobs'', now())', 'JG001', 'there is no config table "jobs"', 'a table that has a history');

-- Undo
select pg_temp.end_transaction() \g /dev/null
select is(pg_temp.try('tap_business', $$update jobgrid.job set timeout = '5 h', priority = 'low' where name = 'tap j' returning name$$),
    'tap j', 'an edit to undo');
select pg_temp.last() as edit \gset
select is((select (timeout, priority)::text from jobgrid.job where name = 'tap j' and tenant = 'tap A'), '(05:00:00,low)', 'it is there');
select throws_ok(format('select jobgrid.undo_change(%s, '' '')', :edit), 'JG003', 'undo_change needs a reason', 'a reason is needed');
select is(pg_temp.try('tap_business', format('select (changed_by, reason, old, new)::text from jobgrid.undo_change(%s, ''a mistake'')', :edit)),
    '(tap_business,"a mistake","{""timeout"": ""05:00:00"", ""priority"": ""low""}","{""timeout"": ""02:00:00"", ""priority"": ""high""}")',
    'an undo answers with what it did');
select pg_temp.last() as undo \gset
select is(current_setting('jobgrid.change_reason'), '', 'and leaves the session''s reason alone');
select is((select (timeout, priority)::text from jobgrid.job where name = 'tap j' and tenant = 'tap A'), '(02:00:00,high)', 'it has gone');
select is_empty(format('select jobgrid.undo_change(%s, ''again'')', :edit), 'what is undone is not undone again');
select is(pg_temp.try('tap_business', format('select (old, new)::text from jobgrid.undo_change(%s, ''no mistake'')', :undo)),
    '("{""timeout"": ""02:00:00"", ""priority"": ""high""}","{""timeout"": ""05:00:00"", ""priority"": ""low""}")', 'an undo is undone');
select is(pg_temp.try('tap_business', format('select count(*) from jobgrid.undo_change(%s, ''it was one'')', :edit)), '1',
    'what was taken back and forth since is no obstacle');

select is(pg_temp.try('tap_author', $$update jobgrid.job set queue = 'tap line' where name = 'tap j' returning name$$), 'tap j', 'an author''s edit');
select pg_temp.last() as edit \gset
select is(pg_temp.try('tap_business', format('select jobgrid.undo_change(%s, ''x'')', :edit)), '42501', 'undo is no way round column grants');
select is(pg_temp.try('tap_viewer', format('select jobgrid.undo_change(%s, ''x'')', :edit)), '42501', 'viewers undo nothing');
update jobgrid.job set owner_team = null where name = 'tap j' and tenant = 'tap A';
select pg_temp.last() as disowned \gset
update jobgrid.job set attempts = 2 where name = 'tap j' and tenant = 'tap A';
select pg_temp.last() as not_his \gset
select is(pg_temp.try('tap_business', format('select jobgrid.undo_change(%s, ''x'')', :not_his)), 'JG004', 'nor row-level security');
select is((select attempts from jobgrid.job where name = 'tap j' and tenant = 'tap A'), 2, 'nothing has happened');
select is((select count(*) from jobgrid.undo_change(:disowned, 'x')), 1::bigint, 'what others have changed since stays');
select is((select attempts from jobgrid.job where name = 'tap j' and tenant = 'tap A'), 2, 'as it was');

select is(pg_temp.try('tap_business', $$update jobgrid.job set attempts = 3, contact = 'x' where name = 'tap j' returning name$$), 'tap j',
    'somebody edits the same column');
select matches(pg_temp.message_of(format('select jobgrid.undo_change(%s, ''x'')', :not_his)),
    format('^change %s of job .* cannot be undone: attempts changed since\|Change %s by "tap_business" at .*: update of contact, attempts\.'
           '\|Undo that first with: SELECT \* FROM jobgrid\.undo_change\(%2$s, ''why''\); or edit', :not_his, pg_temp.last()),
    'refused, and by whom');
select throws_ok(format('select jobgrid.undo_change(%s, ''x'')', :not_his), 'JG002', null, 'refused');
select is((select count(*) from jobgrid.undo_change(pg_temp.last(), 'x')), 1::bigint, 'as the hint says');
select is((select count(*) from jobgrid.undo_change(:not_his, 'x')), 1::bigint, 'and then it goes');
update jobgrid.job set attempts = 11 where name = 'tap j' and tenant = 'tap A';
select pg_temp.last() as edit \gset
update jobgrid.job set name = 'tap jj' where name = 'tap j' and tenant = 'tap A';
select is((select key from jobgrid.undo_change(:edit, 'x')), '{"tenant": "tap A", "full_name": "tap jj"}', 'a row is found under its new name');
select is((select count(*) from jobgrid.undo_change(pg_temp.last(1), 'x')), 1::bigint, 'a rename is undone');
select is((select count(*) from jobgrid.job where name = 'tap j' and tenant = 'tap A'), 1::bigint, 'it has its old name');

-- Undo of rows that come and go
insert into jobgrid.job (name, tenant, kind, owner_team, timeout, parameters, tags, settings)
values ('tap goes', 'tap A', 'http', 'tap a', '7 h 30 s', '{"a": [1, "b\\c''d", null]}', '{p,"q,r"}', '{"url": "x"}');
select pg_temp.last() as made, job_id as made_id, jobgrid_engine.config_row(to_jsonb(j)) as made_as from jobgrid.job j where name = 'tap goes' \gset
update jobgrid.job set title = 'x' where name = 'tap goes';
select pg_temp.last() as titled \gset
select throws_ok(format('select jobgrid.undo_change(%s, ''x'')', :made), 'JG002', null, 'a new row that was edited stays');
select jobgrid.undo_change(:titled, 'x') \g /dev/null
delete from jobgrid.job where name = 'tap goes';
select pg_temp.last() as deleted \gset
select matches(pg_temp.message_of(format('select jobgrid.undo_change(%s, ''x'')', pg_temp.last(1))), 'the row is gone\|Change ' || :deleted || ' by',
    'a row that is gone');
select is_empty(format('select jobgrid.undo_change(%s, ''x'')', :made), 'and nothing that would have to be deleted');
select is(pg_temp.try('tap_business', format('select jobgrid.undo_change(%s, ''x'')', :deleted)), '42501', 'business makes no jobs');
select is(pg_temp.try('tap_other', format('select jobgrid.undo_change(%s, ''x'')', :deleted)), 'JG001', 'nor does another tenant''s author');
select is(pg_temp.try('tap_author', format('select operation from jobgrid.undo_change(%s, ''x'')', :deleted)), 'insert', 'its author does');
select is((select (jobgrid_engine.config_row(to_jsonb(j)), j.job_id <> :made_id, j.version, j.created_by)::text from jobgrid.job j where name = 'tap goes'),
    (:'made_as'::jsonb, true, 1, 'tap_author')::text, 'as it was, with a new id');
select is((select count(*) from jobgrid.undo_change(:titled, 'x')), 0::bigint, 'what was undone before it went still is');
select is((select operation from jobgrid.undo_change(:made, 'x')), 'delete', 'its making is undone');
insert into jobgrid.job (name, tenant, kind, owner_team) values ('tap goes', 'tap A', 'noop', 'tap a');
select matches(pg_temp.message_of(format('select jobgrid.undo_change(%s, ''x'')', :deleted)),
    format('there is another of that name\|Change %s by', pg_temp.last()), 'another of that name is in the way');
select jobgrid.pause_queue('tap line') \g /dev/null
update jobgrid.job set queue = 'default' where queue = 'tap line';
delete from jobgrid.queue where name = 'tap line';
select is(pg_temp.try('tap_admin', format('select new ->> ''paused'' from jobgrid.undo_change(%s, ''x'')', pg_temp.last())), 'false',
    'an admin brings a paused queue back, unpaused');

-- Whole transactions
select pg_temp.end_transaction() \g /dev/null
insert into jobgrid.queue (name) values ('tap w');
insert into jobgrid.job (name, tenant, kind, queue) values ('tap w1', 'tap A', 'noop', 'tap w'), ('tap w2', 'tap A', 'noop', 'tap w');
update jobgrid.job set title = 'one' where name = 'tap w1';
update jobgrid.job set title = 'two' where name = 'tap w1';
update jobgrid.queue set name = 'tap x' where name = 'tap w';
select pg_temp.last() as edit \gset
select pg_temp.end_transaction() \g /dev/null
select throws_ok(format('select jobgrid.undo_change(%s, ''x'')', (select max(change_id) from jobgrid.config_history where new = '{"title": "one"}')),
    'JG002', null, 'one of them alone is in conflict');
select is((select count(*) from jobgrid.undo_change(:edit, 'x', whole_transaction => true)), 8::bigint,
    'all of a transaction, and what it brought along once');
select is_empty($$select from jobgrid.job where name like 'tap w_' union all select from jobgrid.queue where name in ('tap w', 'tap x')$$,
    'nothing of it is left');

-- Tickets
select throws_ok($$update jobgrid.tenant set ticket_pattern = '(' where name = 'tap A'$$, 'JG003', 'ticket_pattern "(" is no regular expression',
    'a pattern is one');
select throws_ok($$update jobgrid.tenant set ticket_pattern = repeat('x', 201) where name = 'tap A'$$, '23514', null, 'and short');
update jobgrid.job set contact = 'c', queue = 'tap line' where name = 'tap j' and tenant = 'tap A';
select pg_temp.last() as edit \gset
update jobgrid.tenant set ticket_pattern = '^CHG-[0-9]+$' where name = 'tap A';
select is(pg_temp.try('tap_business', $$update jobgrid.job set attempts = 4 where name = 'tap j'$$), 'JG016', 'no edit without a ticket');
select is(pg_temp.message_of($$update jobgrid.job set attempts = 4 where name = 'tap j' and tenant = 'tap A'$$),
    'an edit of tenant "tap A" needs a ticket|Its tickets match ^CHG-[0-9]+$.|SET jobgrid.change_ticket = ''...'';', 'nor by a superuser');
set local jobgrid.change_ticket = 'INC-1';
select is(pg_temp.try('tap_business', $$update jobgrid.job set attempts = 4 where name = 'tap j'$$), 'JG016', 'nor with another''s');
select is(pg_temp.try('tap_author', $$select jobgrid.define_job('tap t', kind => 'noop', owner_team => 'tap a')$$), 'JG016', 'nor a new job');
select throws_ok($$delete from jobgrid.job where name = 'tap goes'$$, 'JG016', null, 'nor a deletion');
select throws_ok($$update jobgrid.tenant set weight = 7 where name = 'tap A'$$, 'JG016', null, 'nor an edit of the tenant itself');
select throws_ok($$update jobgrid.queue set tenant = 'tap A' where name = 'tap moves'$$, 'JG016', null, 'nor a move to it');
select throws_ok(format('select jobgrid.undo_change(%s, ''x'')', :edit), 'JG016', null, 'nor an undo');
select lives_ok($$update jobgrid.job set attempts = 4 where tenant = 'tap B'$$, 'others need none');
select lives_ok($$update jobgrid.job set attempts = attempts where tenant = 'tap A'$$, 'an edit that is none needs none');
select lives_ok($$select jobgrid.hold(job => 'tap j', tenant => 'tap A'), jobgrid.release(job => 'tap j', tenant => 'tap A')$$, 'nor does an act');
select lives_ok($$update jobgrid.queue set name = 'tap line 2' where name = 'tap line'$$, 'nor what a shared row brings along');
set local jobgrid.change_ticket = 'CHG-77';
select is(pg_temp.try('tap_business', $$update jobgrid.job set attempts = 4 where name = 'tap j' returning name$$), 'tap j', 'with one it goes');
select is((select ticket from jobgrid.config_history where change_id = pg_temp.last()), 'CHG-77', 'and is recorded');
reset jobgrid.change_ticket;
select lives_ok($$update jobgrid.tenant set ticket_pattern = null where name = 'tap A'$$, 'a pattern locks nobody out');

select * from finish();
rollback;

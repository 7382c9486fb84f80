-- Loading a dump's rows into a fresh installation gives the rows of the dump and no others: shipped rows give way, and
-- triggers neither fill, check, count nor derive. A dump is loaded here as COPY does it, in one transaction.
begin;
select plan(15);

create temp table config (n integer, name text, shipped boolean);
insert into config values
    (1, 'jobgrid.tenant', true), (2, 'jobgrid.application', false), (3, 'jobgrid.team', false), (4, 'jobgrid.queue', true),
    (5, 'jobgrid.pool', true), (6, 'jobgrid.priority_level', true), (7, 'jobgrid.job_default', true),
    (8, 'jobgrid.job_kind', true), (9, 'jobgrid.job', false), (10, 'jobgrid_engine.job_version', false),
    (11, 'jobgrid_engine.job_edge', false), (12, 'jobgrid_engine.job_status', false),
    (13, 'jobgrid.global_value', false);
create function pg_temp.copy_of(name text, prefix text) returns text language sql as $$
    select format('pg_temp.%I', prefix || replace(name, '.', '_'))
$$;
create function pg_temp.keep(prefix text) returns void language plpgsql as $$
declare c record;
begin
    for c in select * from config loop
        execute format('create temp table %s as table %s', replace(pg_temp.copy_of(c.name, prefix), 'pg_temp.', ''), c.name);
    end loop;
end $$;
create function pg_temp.load(name text, prefix text) returns void language plpgsql as $$
declare columns text;
begin
    select string_agg(format('%I', a.attname), ', ' order by a.attnum) into columns
    from pg_attribute a where a.attrelid = load.name::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '';
    execute format('insert into %s (%s) overriding system value select %2$s from %s', load.name, columns,
                   pg_temp.copy_of(load.name, prefix));
end $$;

-- A fresh installation, then somebody's edits.
select pg_temp.keep('fresh_') \g /dev/null
create role tap_sql login;
update jobgrid.tenant set weight = 50 where name = 'default';
insert into jobgrid.tenant (name, time_zone) values ('tap T', 'Europe/Zurich');
insert into jobgrid.application (name, tenant) values ('tap app', 'tap T');
insert into jobgrid.team (name, tenant, database_role) values ('tap team', 'tap T', 'tap_sql');
update jobgrid.queue set description = E'tab\tand "quotes"' where name = 'default';
insert into jobgrid.queue (name, tenant) values ('tap Q', 'tap T');
select jobgrid.pause_queue('tap Q', 'INC1') \g /dev/null
update jobgrid.priority_level set rank = 55 where name = 'normal';
update jobgrid.job_default set value = '2' where setting = 'attempts';
insert into jobgrid.job (name, kind, after) values ('tap 3', 'noop', '{tap 2,tap 1}'), ('tap 2', 'noop', '{tap 1}'), ('tap 1', 'noop', '{}');
select jobgrid.define_job('tap sql', kind => 'sql', command => 'select 1', sql_role => 'tap_sql', after => '{tap 3}'),
       jobgrid.define_job('tap team', kind => 'noop', tenant => 'tap T', owner_team => 'tap team', queue => 'tap Q'),
       jobgrid.define_job('tap 1', title => 'a second version') \g /dev/null
select jobgrid.hold(job => 'tap 2') \g /dev/null
insert into jobgrid.global_value (tenant, name, value, owner_team) values ('tap T', 'tap value', 'open', 'tap team');
select jobgrid.set_value('tap value', 'closed') \g /dev/null
update jobgrid.job_default set value = '3' where setting = 'attempts';

-- The dump, made before today; then an empty installation, in which the SQL job's role cannot log in.
set local session_replication_role = replica;
update jobgrid.job set created_at = '2026-01-02' where name like 'tap %';
update jobgrid.global_value set updated_at = '2026-01-02', updated_by = 'somebody';
select pg_temp.keep('dump_') \g /dev/null
do $$
declare c record;
begin
    for c in select * from config order by n desc loop
        -- Those that guard the shipped rows fire always.
        execute format('alter table %s disable trigger user', c.name);
        execute format('delete from %s', c.name);
        if c.shipped then
            perform pg_temp.load(c.name, 'fresh_');
            if c.name not in ('jobgrid.job_default', 'jobgrid.job_kind') then
                execute format('delete from %s where name not in (''default'', ''urgent'', ''high'', ''normal'', ''low'')', c.name);
            end if;
            execute format('update %s set row_version = 1', c.name);
        end if;
        execute format('alter table %s enable trigger user', c.name);
    end loop;
end $$;
alter role tap_sql nologin;
set local session_replication_role = origin;
set local row_security = off; -- as in every dump
select max(change_id) as newest from jobgrid_engine.config_change \gset

select lives_ok($$select pg_temp.load(name, 'dump_') from config order by n$$, 'the dump is loaded');
select set_eq(format('select to_jsonb(x) from %s x', name), format('select to_jsonb(x) from %s x', pg_temp.copy_of(name, 'dump_')), name)
from config order by n;
select is((select max(change_id) from jobgrid_engine.config_change), :newest::bigint, 'and makes no history');

select * from finish();
rollback;

create or replace function jobgrid_engine.hello(
    name text, instance uuid, protocol integer, slots integer, kinds text[],
    pool text default 'default', site text default null, capabilities text[] default '{}',
    version text default '', host text default null, info jsonb default '{}', queue text default null,
    cpus real default null, memory bigint default null, tokens jsonb default '{}',
    journal uuid default null, known jobgrid_engine.known_attempt[] default '{}')
returns jobgrid_engine.welcome
language c security definer set search_path = pg_catalog, pg_temp
as 'MODULE_PATHNAME', 'jobgrid_hello';
comment on function jobgrid_engine.hello(
    text, uuid, integer, integer, text[], text, text, text[], text, text, jsonb, text, real, bigint, jsonb, uuid,
    jobgrid_engine.known_attempt[])
    is 'An executor says who it is; binds the session to it';
grant execute on function jobgrid_engine.hello(
    text, uuid, integer, integer, text[], text, text, text[], text, text, jsonb, text, real, bigint, jsonb, uuid,
    jobgrid_engine.known_attempt[])
    to jobgrid_executor;

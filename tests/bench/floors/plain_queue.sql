-- A queue as one would build it by hand and keep its history, with :size runs queued. It must not be cleverer than what
-- plain SQL offers to everybody. It has no executors: floor.drain is claim and completion at once, without a round trip.
set client_min_messages to warning;
drop schema if exists floor cascade;
create schema floor;

create table floor.run (
    run_id bigint primary key, job_id int not null, state text not null default 'live', submitted_at timestamptz not null,
    started_at timestamptz, finished_at timestamptz, exit_code int, parameters jsonb) with (fillfactor = 70);
create table floor.ready (run_id bigint primary key, lane int not null, rank bigint not null, since timestamptz not null);
create index on floor.ready (lane, rank, run_id);
create table floor.lease (run_id bigint primary key, executor int not null, fence bigint not null, claimed_at timestamptz not null);
create index on floor.lease (executor);
create table floor.attempt (
    run_id bigint not null, fence bigint not null, executor int not null, state text not null, exit_code int,
    claimed_at timestamptz not null, finished_at timestamptz not null);
create index on floor.attempt (run_id);
create table floor.history (run_id bigint not null, at timestamptz not null, from_state text not null, to_state text not null);
create index on floor.history (run_id);
create sequence floor.fence;

insert into floor.run (run_id, job_id, submitted_at) select id, 1, now() from generate_series(1, :size) id;
insert into floor.ready select run_id, 1, 50, submitted_at from floor.run;
vacuum analyze floor.run, floor.ready;

-- Completes what was claimed before and claims 500 more, one commit each time, until nothing is left.
create procedure floor.drain(client int) language plpgsql as $$
declare
    completed bigint;
    claimed   bigint;
begin
    loop
        with ended as (delete from floor.lease where executor = client returning *),
        closed as (update floor.run r set state = 'succeeded', started_at = e.claimed_at, finished_at = now(), exit_code = 0
                   from ended e where r.run_id = e.run_id),
        tried as (insert into floor.attempt
                  select run_id, fence, executor, 'succeeded', 0, claimed_at, now() from ended)
        insert into floor.history select run_id, now(), 'running', 'succeeded' from ended;
        get diagnostics completed = row_count;

        with taken as (delete from floor.ready
                         where run_id = any (array(select run_id from floor.ready
                                                   order by lane, rank, run_id limit 500 for update skip locked))
                         returning run_id),
        leased as (insert into floor.lease select run_id, client, nextval('floor.fence'), now() from taken)
        insert into floor.history select run_id, now(), 'queued', 'running' from taken;
        get diagnostics claimed = row_count;
        commit;
        exit when completed + claimed = 0;
    end loop;
end
$$;

-- What a job's conditions name: one row an atom. Made from after, condition and skip_if by resolve_edges(). The atoms of
-- after come first. The letters are those of conditions/truth.h.
create table jobgrid_engine.job_edge (
    job_id      integer not null,
    purpose     "char" not null,
    atom        integer not null,
    source      "char" not null,
    upstream_id integer,
    name        text not null,
    kind        "char" not null,
    autosys     boolean not null,
    inside      boolean not null,
    lookback    "char" not null,
    minutes     integer,
    compare     "char",
    number      integer,
    value       text,
    path        text,
    constraint job_edge_pkey primary key (job_id, purpose, atom)
);
create index job_edge_upstream on jobgrid_engine.job_edge (upstream_id);
create index job_edge_watched on jobgrid_engine.job_edge (upstream_id) where kind = 'n';
create index job_edge_name on jobgrid_engine.job_edge (name);
comment on table jobgrid_engine.job_edge is 'Which job waits for which, and for what of it';
comment on column jobgrid_engine.job_edge.purpose is 's: start, k: skip_if, b: succeeds_if, f: fails_if';
comment on column jobgrid_engine.job_edge.source is 'j: a job; v: a global value, by the hash of its name';
comment on column jobgrid_engine.job_edge.upstream_id is 'Null: the name means nothing';
comment on column jobgrid_engine.job_edge.inside is 'A step of the same workflow: its run in the same run of that is meant';

select pg_extension_config_dump('jobgrid_engine.job_edge', '');

-- How the atoms of a job make up its condition, where it is more than all of them: so many (needs_least) of the first, those
-- of after; and of the others so many that it is `least` together, or else what the text says.
create table jobgrid_engine.job_condition (
    job_id      integer not null,
    purpose     "char" not null,
    least       integer,
    needs       integer not null,
    needs_least integer not null,
    text        text,
    autosys     boolean not null,
    constraint job_condition_pkey primary key (job_id, purpose)
);
comment on table jobgrid_engine.job_condition is 'How the atoms of a job make up its condition';

select pg_extension_config_dump('jobgrid_engine.job_condition', '');

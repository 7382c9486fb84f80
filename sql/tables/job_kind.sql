-- What jobs there are to be run. A kind that is not shipped is a program on the nodes that have it; its row here makes
-- the name known.
create table jobgrid.job_kind (
    name        text not null,
    description text,
    row_version integer not null default 1,
    constraint job_kind_pkey primary key (name),
    constraint "a kind is a word of lower-case letters, digits and _" check (name ~ '^[a-z][a-z0-9_]{0,62}$')
);
comment on table jobgrid.job_kind is 'Kinds of jobs; executors say which of them they run';

insert into jobgrid.job_kind (name, description) values
    ('shell',      'a command, or a program with arguments, on a node'),
    ('sql',        'SQL in the server, as a role'),
    ('noop',       'nothing; for joints of other jobs'),
    ('external',   'run elsewhere; its outcome is reported'),
    ('workflow',   'a group of steps: jobs whose parent it is'),
    ('file_watch', 'waits for a file on a node'),
    ('http',       'a request to a web service');

select pg_extension_config_dump('jobgrid.job_kind', '');

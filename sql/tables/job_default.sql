-- What a new job gets where its author says nothing; copied onto the job, so that every job shows its values.
create table jobgrid.job_default (
    setting     text not null,
    value       text not null,
    description text not null,
    row_version integer not null default 1,
    constraint job_default_pkey primary key (setting)
);
comment on table jobgrid.job_default is 'Values a new job gets where its author gives none';

insert into jobgrid.job_default (setting, value, description) values
    ('queue',               'default', 'queue of a job that names none'),
    ('pool',                'default', 'pool of executors of a job that names none'),
    ('priority',            'normal',  'priority of a job that names none'),
    ('attempts',            '1',       'tries of a job that should not run twice'),
    ('attempts_repeatable', '3',       'tries of a job that is repeatable, or on_lost = retry'),
    ('retry_delay',         '10 s',    'pause before the next try'),
    ('timeout',             '1 hour',  'longest run time of an attempt'),
    ('cancel_grace',        '30 s',    'time between the polite signal and the kill'),
    ('on_lost',             'hold',    'what follows when an executor vanished with a run: hold, retry, fail'),
    ('retention',           '90 days', 'how long a finished run is kept'),
    ('criticality',         '3',       '1 highest to 4 lowest'),
    ('rerun_policy',        'free',    'free, ask or never'),
    ('when_missed',         'latest',  'fires nobody was there for: none, latest, all, ask; criticality 1: ask'),
    ('unknown_names',       'refuse',  'names in conditions that mean nothing: refuse, or warn'),
    ('on_overlap',          'wait',    'a fire while a run of the job is not finished: wait, skip, replace, parallel');

select pg_extension_config_dump('jobgrid.job_default', '');

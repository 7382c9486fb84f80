-- What has changed that conditions and workflows depend on, but for ends: appended in the commit that changes it, consumed by the scheduler.
create table jobgrid_engine.condition_news (
    news_id bigint generated always as identity,
    what    "char" not null,
    id      bigint not null,
    constraint condition_news_pkey primary key (news_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off);
comment on table jobgrid_engine.condition_news is 'Changes of values and conditions, and cancels of workflows, that the scheduler has not consumed yet';
comment on column jobgrid_engine.condition_news.what is 'c: the condition of a job; f: a job is taken out or bypassed, or is not any more; v: a global value, by the hash of its name; o: a job whose own last end its runs ask for has ended; w: a run of a workflow is to be stopped; r, R: a new run of a step that had ended, R: and all after it';

select pg_extension_config_dump('jobgrid_engine.condition_news', '');
select pg_extension_config_dump('jobgrid_engine.condition_news_news_id_seq', '');

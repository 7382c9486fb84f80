-- Where runs wait to be claimed. Without a tenant a queue is shared and serves tenants by weight.
create table jobgrid.queue (
    name          text not null,
    tenant        text,
    description   text,
    paused        boolean not null default false,
    paused_reason text,
    paused_at     timestamptz,
    paused_by     text,
    row_version   integer not null default 1,
    constraint queue_pkey primary key (name),
    constraint "the queue's tenant exists"
        foreign key (tenant) references jobgrid.tenant (name) on update cascade,
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name))
);
create unique index "a queue's name is unique regardless of case" on jobgrid.queue (lower(name));
comment on table jobgrid.queue is 'Order and limits of runs that wait to be claimed';
comment on column jobgrid.queue.paused is 'Set by pause_queue(): its runs stay queued';

insert into jobgrid.queue (name, description) values ('default', 'Jobs that name no queue');

select pg_extension_config_dump('jobgrid.queue', '');

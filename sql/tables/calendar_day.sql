-- A day that is not what its calendar's week, or the calendars it is based on, would make of it.
create table jobgrid.calendar_day (
    calendar    text not null,
    day         date not null,
    kind        text not null default 'holiday',
    label       text,
    row_version integer not null default 1,
    created_at  timestamptz not null default now(),
    constraint calendar_day_pkey primary key (calendar, day),
    constraint "the day's calendar exists"
        foreign key (calendar) references jobgrid.calendar (name) on update cascade on delete cascade,
    constraint "kind is holiday, working or half" check (kind in ('holiday', 'working', 'half')),
    constraint "a day lies between 1970 and 2199" check (day between '1970-01-01' and '2199-12-31'),
    constraint "a label has at most 200 bytes" check (octet_length(label) <= 200)
);
comment on table jobgrid.calendar_day is 'Days that are different: holidays, half days, days worked out of turn';
comment on column jobgrid.calendar_day.kind is 'holiday: not worked; working: worked; half: worked in part';

select pg_extension_config_dump('jobgrid.calendar_day', '');

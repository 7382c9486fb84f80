-- Which days are worked: a week, other calendars, and days that are different (calendar_day).
create table jobgrid.calendar (
    name          text not null,
    tenant        text,
    owner_team    text,
    workdays      text[],
    based_on      text[] not null default '{}',
    combine       text not null default 'both',
    rule          text,
    cycle         daterange[] not null default '{}',
    time_zone     text,
    known_until   date,
    fiscal_years  date[] not null default '{}',
    fiscal_weeks  integer[] not null default '{4,4,5}',
    description   text,
    row_version   integer not null default 1,
    days_version  integer not null default 1,
    touched_by    xid8,
    created_at    timestamptz not null default now(),
    constraint calendar_pkey primary key (name),
    constraint "the calendar's tenant exists"
        foreign key (tenant) references jobgrid.tenant (name) on update cascade,
    constraint "the calendar's owner team exists"
        foreign key (owner_team) references jobgrid.team (name) on update cascade,
    constraint "a name has 1 to 128 bytes, no slash, no control characters"
        check (octet_length(name) between 1 and 128 and name !~ '[/[:cntrl:]]' and name = btrim(name)),
    constraint "workdays are mon, tue, wed, thu, fri, sat, sun"
        check (workdays <@ '{mon,tue,wed,thu,fri,sat,sun}' and array_position(workdays, null) is null),
    constraint "a calendar is based on at most 16 others"
        check (cardinality(based_on) <= 16 and array_position(based_on, null) is null),
    constraint "combine is both or either" check (combine in ('both', 'either')),
    constraint "a rule has at most 8000 bytes" check (octet_length(rule) <= 8000),
    constraint "a calendar with a rule has no week of its own" check (rule is null or workdays is null),
    constraint "a cycle has at most 1000 periods" check (cardinality(cycle) <= 1000 and array_position(cycle, null) is null),
    constraint "at most 128 fiscal years" check (cardinality(fiscal_years) <= 128 and array_position(fiscal_years, null) is null),
    constraint "fiscal_weeks are three numbers of weeks, such as {4,4,5}"
        check (cardinality(fiscal_weeks) = 3 and array_position(fiscal_weeks, null) is null
               and 1 <= all (fiscal_weeks) and 12 >= all (fiscal_weeks))
);
create unique index "a calendar's name is unique regardless of case" on jobgrid.calendar (lower(name));
comment on table jobgrid.calendar is 'Which days are worked; days that are different are rows of calendar_day';
comment on column jobgrid.calendar.tenant is 'Whose it is; null: every tenant''s';
comment on column jobgrid.calendar.workdays is
    'Days of the week that are worked; null: Monday to Friday, or those of the calendars it is based on';
comment on column jobgrid.calendar.based_on is 'Calendars whose working days it takes';
comment on column jobgrid.calendar.combine is 'both: a day is worked if all calendars it is based on say so; either: if one does';
comment on column jobgrid.calendar.rule is
    'Rule of an extended calendar of AutoSys, in the lines of autocal_asc; its days are those that are worked';
comment on column jobgrid.calendar.cycle is 'Periods, for calendars whose rule has this one as its cyccal';
comment on column jobgrid.calendar.time_zone is 'Zone of schedules with this calendar that have none of their own';
comment on column jobgrid.calendar.known_until is
    'Last day whose holidays are known; null: the last of its days, and of the calendars it is based on';
comment on column jobgrid.calendar.fiscal_years is
    'First days of fiscal years; the last one only ends the year before it';
comment on column jobgrid.calendar.fiscal_weeks is 'Weeks of the periods of a fiscal quarter; a 53rd week is the last period''s';
comment on column jobgrid.calendar.days_version is 'Counts changes of its days, also of calendars it is based on';
comment on column jobgrid.calendar.touched_by is 'The last transaction that was counted';

select pg_extension_config_dump('jobgrid.calendar', '');

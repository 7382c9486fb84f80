-- TRUNCATE passes row triggers by. A partition of run or kept_run is no truncation's target either: the janitor
-- gives each this trigger.
create or replace function jobgrid_engine.guard_truncate() returns trigger
language c as 'MODULE_PATHNAME', 'jobgrid_guard_truncate';
comment on function jobgrid_engine.guard_truncate() is 'Refuses TRUNCATE of tables that carry the state of runs';

create or replace trigger guard_truncate before truncate on jobgrid_engine.run
    for each statement execute function jobgrid_engine.guard_truncate();
create or replace trigger guard_truncate before truncate on jobgrid_engine.kept_run
    for each statement execute function jobgrid_engine.guard_truncate();
create or replace trigger guard_truncate before truncate on jobgrid_engine.due
    for each statement execute function jobgrid_engine.guard_truncate();
create or replace trigger guard_truncate before truncate on jobgrid_engine.pending
    for each statement execute function jobgrid_engine.guard_truncate();
create or replace trigger guard_truncate before truncate on jobgrid_engine.ready
    for each statement execute function jobgrid_engine.guard_truncate();
create or replace trigger guard_truncate before truncate on jobgrid_engine.lease
    for each statement execute function jobgrid_engine.guard_truncate();
create or replace trigger guard_truncate before truncate on jobgrid_engine.parked
    for each statement execute function jobgrid_engine.guard_truncate();

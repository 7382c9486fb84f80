-- Rows that carry a run's state change only inside the state routine; anything else raises JG007, for superusers too.
create or replace function jobgrid_engine.guard_state() returns trigger
language c as 'MODULE_PATHNAME', 'jobgrid_guard_state';
comment on function jobgrid_engine.guard_state() is 'Refuses changes of runs outside the state routine';

create or replace trigger guard_state before update or delete on jobgrid_engine.run
    for each row execute function jobgrid_engine.guard_state();
create or replace trigger guard_state before update or delete on jobgrid_engine.kept_run
    for each row execute function jobgrid_engine.guard_state();
create or replace trigger guard_state before update or delete on jobgrid_engine.due
    for each row execute function jobgrid_engine.guard_state();
create or replace trigger guard_state before update or delete on jobgrid_engine.pending
    for each row execute function jobgrid_engine.guard_state();
create or replace trigger guard_state before update or delete on jobgrid_engine.ready
    for each row execute function jobgrid_engine.guard_state();
create or replace trigger guard_state before update or delete on jobgrid_engine.lease
    for each row execute function jobgrid_engine.guard_state();
create or replace trigger guard_state before update or delete on jobgrid_engine.parked
    for each row execute function jobgrid_engine.guard_state();

create or replace view jobgrid.transitions with (security_barrier) as
    select t.from_state, t.to_state, t.allowed_for from jobgrid_engine.transitions() t;
comment on view jobgrid.transitions is 'Which changes of state are allowed, and to whom';

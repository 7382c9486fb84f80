-- The table of transitions as people see it.
\pset format unaligned
\pset footer off
select from_state, string_agg(to_state || case allowed_for when 'both' then '' when 'engine' then ' (engine)' else ' (operator)' end,
    ', ' order by to_state) as to_states
from jobgrid.transitions group by 1 order by 1;

-- Why a run is unknown, in one sentence. Only words: the views that list many such runs call it for each.
create or replace function jobgrid_engine.why_unknown(
    reason text, attempt integer, executor text, ghost_of text default null, detail text default null)
returns text
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select case reason
           when 'ghost' then format('executor "%s" has attempt %s%s, which this database has not handed out: a server whose '
                                    'last commits are lost has', executor, attempt, ' of run ' || ghost_of)
           when 'unkillable' then format('attempt %s cannot be killed by executor "%s"%s', attempt, executor, ': ' || detail)
           when 'no_outcome' then format('executor "%s" does not know how attempt %s ended%s', executor, attempt,
                                         ': ' || detail)
           else format('%s attempt %s: whether it ran is not known',
                       coalesce('executor "' || executor || '" vanished with', 'nobody is there to tell about'), attempt)
           end
$$;
comment on function jobgrid_engine.why_unknown(text, integer, text, text, text) is 'Why a run is unknown, in one sentence';
grant execute on function jobgrid_engine.why_unknown(text, integer, text, text, text) to jobgrid_viewer;

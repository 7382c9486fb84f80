-- Levenshtein's distance; fuzzystrmatch may not be there. Only for hints: callers pass a few dozen short names.
create or replace function jobgrid_engine.edit_distance(a text, b text) returns integer
language plpgsql immutable strict parallel safe set search_path = pg_catalog, pg_temp
as $$
declare
    above integer[] := array(select generate_series(0, length(b)));
    here  integer[];
begin
    for i in 1 .. length(a) loop
        here := array[i];
        for j in 1 .. length(b) loop
            here[j + 1] := least(
                here[j] + 1, above[j + 1] + 1,
                above[j] + case when substr(a, i, 1) = substr(b, j, 1) then 0 else 1 end);
        end loop;
        above := here;
    end loop;
    return above[length(b) + 1];
end
$$;
comment on function jobgrid_engine.edit_distance(text, text) is 'How many letters differ between two names';

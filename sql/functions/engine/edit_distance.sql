-- Levenshtein's distance, where two letters swapped are one mistake; fuzzystrmatch may not be there. Only for hints:
-- callers pass a few dozen short names.
create or replace function jobgrid_engine.edit_distance(a text, b text) returns integer
language plpgsql immutable strict parallel safe set search_path = pg_catalog, pg_temp
as $$
declare
    a_letters text[] := regexp_split_to_array(a, '');
    b_letters text[] := regexp_split_to_array(b, '');
    before    integer[];
    above     integer[] := array(select generate_series(0, length(b)));
    here      integer[];
begin
    for i in 1 .. length(a) loop
        here := array[i];
        for j in 1 .. length(b) loop
            here[j + 1] := least(
                here[j] + 1, above[j + 1] + 1,
                above[j] + case when a_letters[i] = b_letters[j] then 0 else 1 end);
            if i > 1 and j > 1 and a_letters[i] = b_letters[j - 1] and a_letters[i - 1] = b_letters[j] then
                here[j + 1] := least(here[j + 1], before[j - 1] + 1);
            end if;
        end loop;
        before := above;
        above := here;
    end loop;
    return above[length(b) + 1];
end
$$;
comment on function jobgrid_engine.edit_distance(text, text) is 'How many mistakes lie between two names';

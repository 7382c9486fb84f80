-- Output is bytes. What is not valid text of the database is shown with its odd bytes escaped.
create or replace function jobgrid_engine.output_text(data bytea) returns text
language plpgsql stable strict set search_path = pg_catalog, pg_temp
as $$
begin
    return convert_from(data, getdatabaseencoding());
exception when character_not_in_repertoire or untranslatable_character then
    return encode(data, 'escape');
end
$$;
comment on function jobgrid_engine.output_text(bytea) is 'Output as text, odd bytes escaped';

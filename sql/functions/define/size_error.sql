-- pg_size_bytes() knows no other way to say no than an error, and it repeats what it was given.
create or replace function jobgrid_engine.size_error(size text) returns text
language plpgsql immutable strict set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_size_bytes(size);
    return null;
exception
    when numeric_value_out_of_range then
        return format('"%s" is more than there can be', jobgrid_engine.clip(size));
    when data_exception then
        return format('"%s" is no size', jobgrid_engine.clip(size));
end
$$;
comment on function jobgrid_engine.size_error(text) is 'What is wrong with a size such as 4 GB; null when nothing is';

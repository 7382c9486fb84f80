-- SQL that edits a row of a config table t as it is said; of an insert the columns that somebody may write.
create or replace function jobgrid_engine.edit_statement(table_name text, operation text, key jsonb, new jsonb) returns text
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select case edit_statement.operation
           when 'delete' then format('delete from jobgrid.%I t where %s', edit_statement.table_name, k.condition)
           when 'insert' then
               (select format('insert into jobgrid.%1$I (%2$s) select %2$s from jsonb_populate_record(null::jobgrid.%1$I, %3$L)',
                              edit_statement.table_name, string_agg(format('%I', a.attname), ', ' order by a.attnum),
                              edit_statement.new)
                from pg_catalog.pg_attribute a
                where a.attrelid = format('jobgrid.%I', edit_statement.table_name)::regclass and edit_statement.new ? a.attname
                  and has_column_privilege('jobgrid_admin', a.attrelid, a.attnum, 'insert'))
           else (select format('update jobgrid.%1$I t set (%2$s) = (select %2$s from jsonb_populate_record(null::jobgrid.%1$I, %3$L)) '
                               'where %4$s', edit_statement.table_name, string_agg(format('%I', n.name), ', ' order by n.name),
                               edit_statement.new, k.condition)
                 from jsonb_object_keys(edit_statement.new) n (name)) end
    from jobgrid_engine.key_condition(edit_statement.table_name, edit_statement.key) k (condition)
$$;
comment on function jobgrid_engine.edit_statement(text, text, jsonb, jsonb) is 'SQL that edits a row of a config table';

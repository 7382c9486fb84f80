-- The settings of a connection string of the form name = value; null where it has another form. Values in quotes are taken
-- whole, so that none of a password is read as a setting.
create or replace function jobgrid_engine.connection_words(given text) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select case when given ~ '^(\s*\w+\s*=\s*(''([^''\\]|\\.)*''|([^\s''\\]|\\.)+))*\s*$' then
               (select coalesce(jsonb_object_agg(m.word[1], regexp_replace(
                           case when m.word[2] like '''%' then substr(m.word[2], 2, length(m.word[2]) - 2) else m.word[2] end,
                           '\\(.)', '\1', 'g')), '{}')
                from regexp_matches(given, '(\w+)\s*=\s*(''(?:[^''\\]|\\.)*''|(?:[^\s''\\]|\\.)+)', 'g') m (word))
           end
$$;
comment on function jobgrid_engine.connection_words(text) is 'The settings of a connection string';

-- A name in a job that means a row of another table. The foreign keys say the same, without the name that was meant.
create or replace function jobgrid_engine.check_reference(job text, what text, name text, known text[]) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    if name is not null and name <> all (known) then
        raise exception using errcode = 'JG003',
            message = format('job "%s": there is no %s "%s"', job, replace(what, '_', ' '),
                             jobgrid_engine.clip(name)),
            hint = coalesce('Did you mean ' || what || ' => ' || quote_literal(jobgrid_engine.closest(name, known)) || '?',
                            format('SELECT name FROM jobgrid.%s;', case what when 'priority' then 'priority_level'
                                                                    when 'owner_team' then 'team' else what end));
    end if;
end
$$;
comment on function jobgrid_engine.check_reference(text, text, text, text[])
    is 'Raises JG003 for a name in a job that means nothing';

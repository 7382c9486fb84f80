-- No two jobs of one import have the same name, and a step is told the name of the one before it. Which of several equal
-- ones gets a number follows from their order alone, so that a second import finds them under the same names.
create or replace function jobgrid_engine.import_names(plans jsonb) returns jsonb
language sql immutable security definer set search_path = pg_catalog, pg_temp
begin atomic
    with given as (
        select p.nth, p.plan, jobgrid_engine.import_name(p.plan ->> 'name') as name
        from jsonb_array_elements(import_names.plans) with ordinality p (plan, nth)
        where p.plan ? 'name'),
    numbered as (
        select g.nth, g.name, row_number() over (partition by lower(g.name) order by g.nth) as copy from given g),
    named as (
        select n.nth, n.name || case when n.copy > 1 then ' ' || n.copy else '' end as name from numbered n)
    select coalesce(jsonb_agg(
               p.plan || jsonb_strip_nulls(jsonb_build_object(
                   'name', n.name, 'after', case when p.plan ->> 'follows' = 'true' then b.name end)) order by p.nth), '[]')
    from jsonb_array_elements(import_names.plans) with ordinality p (plan, nth)
    left join named n on n.nth = p.nth
    left join named b on b.nth = p.nth - 1;
end;
comment on function jobgrid_engine.import_names(jsonb) is 'Gives what is to be imported the names of its jobs';
grant execute on function jobgrid_engine.import_names(jsonb) to jobgrid_author, jobgrid_admin;

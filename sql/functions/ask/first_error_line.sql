-- The first line that looks like an error, standard error before standard output. Looks at the first megabyte of each.
create or replace function jobgrid_engine.first_error_line(run_id bigint, attempt integer) returns text
language sql stable set search_path = pg_catalog, pg_temp
as $$
    with early as (
        select o.stream, o.chunk, o.data, sum(length(o.data)) over (partition by o.stream order by o.chunk) as upto
        from jobgrid_engine.any_output o
        where o.run_id = first_error_line.run_id and o.attempt = first_error_line.attempt and o.stream in ('e', 'o')
    ),
    whole as (
        select e.stream, jobgrid_engine.output_text(string_agg(e.data, '' order by e.chunk)) as body
        from early e
        where e.upto <= 1048576 + length(e.data)
        group by e.stream
    )
    select left(btrim(l.line, E' \t\r'), 500)
    from whole w
    cross join lateral regexp_split_to_table(w.body, E'\n') with ordinality l (line, n)
    where l.line ~* '\m(error|fatal|panic|exception|traceback|failed|failure|cannot|denied|no such|not found|ora-[0-9]+)'
    order by w.stream, l.n
    limit 1
$$;
comment on function jobgrid_engine.first_error_line(bigint, integer) is 'The first line of output that looks like an error';

-- Which of a lane's needs an executor does not meet, in words; empty when it meets them. Said of what it offers, or, with
-- adverb => ' free', of what it has free. Tokens of the whole grid are no executor's; tokens_missing() tells of them.
create or replace function jobgrid_engine.needs_missing(
    lane jobgrid_engine.lane, cpu_milli bigint, memory bigint, tokens jsonb, adverb text default '')
returns text
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select concat_ws(', ',
        case when lane.needs_cpu_milli > needs_missing.cpu_milli then
            format('it has %s%s, the job needs %s', case when needs_missing.cpu_milli <= 0 then 'no cores'
                       when needs_missing.cpu_milli = 1000 then '1 core'
                       else trim_scale(needs_missing.cpu_milli / 1000.0) || ' cores' end,
                   adverb, trim_scale(lane.needs_cpu_milli / 1000.0)) end,
        case when lane.needs_memory > needs_missing.memory then
            format('it has %s%s, the job needs %s', case when needs_missing.memory <= 0 then 'no memory'
                       else jobgrid_engine.size_words(needs_missing.memory) end,
                   adverb, jobgrid_engine.size_words(lane.needs_memory)) end,
        (select string_agg(format('it has %s "%s"%s, the job needs %s', case when t.has <= 0 then 'no' else t.has::text end,
                                  t.name, adverb, t.needs), ', ' order by t.name)
         from (select n.key as name, n.value::bigint as needs,
                      coalesce((needs_missing.tokens -> n.key)::bigint, 0) as has
               from jsonb_each(lane.needs_tokens) n
               where not exists (select from jobgrid.resource r where r.name = n.key)) t
         where t.needs > t.has))
$$;
comment on function jobgrid_engine.needs_missing(jobgrid_engine.lane, bigint, bigint, jsonb, text)
    is 'Which of a lane''s needs are not met, in words';

-- Which of a lane's tokens the whole grid does not have, or, with adverb => ' free', has not free; null when it has.
create or replace function jobgrid_engine.tokens_missing(lane jobgrid_engine.lane, adverb text default '') returns text
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select string_agg(format('the grid has %s "%s"%s, the job needs %s', case when t.has <= 0 then 'no' else t.has::text end,
                             t.name, adverb, t.needs), ', ' order by t.name)
    from (select r.name, (lane.needs_tokens -> r.name)::bigint as needs,
                 case when adverb = '' then r.amount else r.free end as has
          from jobgrid_engine.resource_room r
          where lane.needs_tokens ? r.name) t
    where t.needs > t.has
$$;
comment on function jobgrid_engine.tokens_missing(jobgrid_engine.lane, text) is 'Which tokens of the grid a lane lacks, in words';

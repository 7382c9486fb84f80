-- What the values of a job can be wrong about each for itself: lists of one dimension, names, sizes.
-- The scheduler interns site, executor and capabilities together with the names of queue and pool under one unique index
-- (jobgrid_engine.lane), whose rows have at most 2,704 bytes. What passes here always fits, or runs could never be placed.
create or replace function jobgrid_engine.check_shape(job jobgrid.job) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    most_capabilities constant integer := 64;
    most_bytes        constant integer := 1024;
    bytes   integer := octet_length(array_to_string(job.capabilities, ''));
    argument text;
    problem text;
begin
    select l.name into argument
    from (values ('arguments', job.arguments), ('after', job.after), ('capabilities', job.capabilities),
                 ('tags', job.tags)) l (name, value)
    where array_ndims(l.value) > 1 limit 1;
    if found then
        raise exception using errcode = 'JG003',
            message = format('job "%s": %s is a list, not a table', job.name, argument),
            hint = format('For example %s => ''{a,b}''.', argument);
    end if;
    if array_position(job.arguments, null) is not null or array_position(job.after, null) is not null
       or array_position(job.capabilities, null) is not null then
        raise exception using errcode = 'JG003',
            message = format('job "%s": arguments, after and capabilities have no null elements', job.name);
    end if;

    select n.name || ' ' || n.problem into problem
    from (values ('executor', jobgrid_engine.name_error(job.executor)), ('site', jobgrid_engine.name_error(job.site)),
                 ('run_as', case when job.run_as = '' then 'is empty' end),
                 ('directory', case when job.working_directory = '' then 'is empty' end)) n (name, problem)
    where n.problem is not null limit 1;
    if not found then
        select format('capabilities: "%s" %s', jobgrid_engine.clip(c.name), jobgrid_engine.name_error(c.name)) into problem
        from unnest(job.capabilities) c (name)
        where jobgrid_engine.name_error(c.name) is not null limit 1;
    end if;
    if found then
        raise exception using errcode = 'JG003',
            message = format('job "%s": %s', job.name, problem),
            detail = 'A name has 1 to 128 bytes, no slash, no control characters and no space at its ends.',
            hint = 'Leave it out where it does not matter; UPDATE jobgrid.job sets it to null again.';
    end if;
    if cardinality(job.capabilities) > most_capabilities or bytes > most_bytes then
        raise exception using errcode = 'JG003',
            message = format('job "%s": %s capabilities with %s bytes together', job.name, cardinality(job.capabilities),
                             bytes),
            detail = format('There are at most %s, with at most %s bytes together.', most_capabilities, most_bytes),
            hint = 'Let executors offer one capability for what belongs together.';
    end if;

    select s.name || ' ' || s.problem into problem
    from (values ('memory', jobgrid_engine.size_error(job.memory)),
                 ('file_size', jobgrid_engine.size_error(job.file_size)),
                 ('needs_memory', jobgrid_engine.size_error(job.needs_memory)),
                 ('output_limit', jobgrid_engine.size_error(job.output_limit))) s (name, problem)
    where s.problem is not null limit 1;
    if found then
        raise exception using errcode = 'JG003',
            message = format('job "%s": %s', job.name, problem),
            hint = 'Write a size such as ''4 GB''.';
    end if;
    if (job.kind = 'sql' or job.run_by = 'external')
       and (job.needs_cpus is not null or job.needs_memory is not null or job.needs_tokens <> '{}') then
        raise exception using errcode = 'JG003',
            message = format('job "%s": needs are of jobs that run on a node', job.name),
            detail = 'A sql job runs in the server, an external one elsewhere: nobody would keep them.';
    end if;
    if jsonb_typeof(job.environment) <> 'object' then
        raise exception using errcode = 'JG003',
            message = format('job "%s": environment is a JSON object of strings', job.name),
            hint = 'For example environment => ''{"TZ": "UTC"}''.';
    end if;
end
$$;
comment on function jobgrid_engine.check_shape(jobgrid.job) is 'Raises JG003 for a value of a job that is none of its kind';

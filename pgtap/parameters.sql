-- Schemas of parameters: what is refused when a job or a schedule is edited and when a run is submitted, in which words,
-- and that what a hint says works. tests/unit/extension_parameters.c has the rules themselves.
begin;
select plan(51);

-- SQLSTATE, message, detail and hint of a command, also of what is checked at COMMIT; what it did is undone.
create function pg_temp.said(command text) returns text language plpgsql as $$
declare message text; detail text; hint text; state text;
begin
    execute command;
    set constraints all immediate;
    raise exception using errcode = 'TAP00';
exception when others then
    get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint, state = returned_sqlstate;
    set constraints all deferred;
    return case when state = 'TAP00' then 'nothing' else concat_ws(E'\n', state, message, detail, hint) end;
end $$;
-- Whether the statement at the end of a hint is one, and works.
create function pg_temp.hint_works(command text) returns text language plpgsql as $$
begin
    return pg_temp.said((regexp_match(pg_temp.said(command), '((?:SELECT|UPDATE) .*;)$'))[1]);
end $$;

select lives_ok($$select jobgrid.define_job('tap p', kind => 'noop', parameter_schema => '{
    "region": {"type": "string", "required": true, "enum": ["EU", "US"]}, "n": {"type": "integer", "default": 5, "maximum": 9},
    "password": {"type": "string", "secret": true}, "code": {"type": "string", "pattern": "[A-Z]{3}"},
    "day": {"type": "date"}}')$$, 'a job with a schema');
select jobgrid.define_job('tap any', kind => 'noop', parameters => '{"a": 1}') \g /dev/null
select jobgrid.define_job('tap it''s', kind => 'noop', parameter_schema => '{"it''s": {"type": "string", "required": true}}') \g /dev/null
select is(pg_temp.said($$select jobgrid.submit('tap any', parameters => '{"whatever": [1]}')$$), 'nothing', 'without a schema anything goes');

-- Submissions
select run_id as a from jobgrid.submit('tap p', parameters => '{"region": "EU"}') \gset
select run_id as b from jobgrid.submit('tap p', parameters => '{"region": "EU", "n": 1, "password": "secret:risk-db", "code": "ABC"}') \gset
select is((select parameters from jobgrid.run where run_id = :a),
    '{"region": "EU", "n": 5}'::jsonb, 'a run has what it was given and the defaults');
select is((select parameters from jobgrid.run where run_id = :b),
    '{"region": "EU", "n": 1, "password": "secret:risk-db", "code": "ABC"}'::jsonb, 'a default gives way');
select is(pg_temp.said($$select jobgrid.submit('tap p')$$),
    E'JG003\njob "tap p": parameter "region" is missing\nIt is required, and is a string, one of "EU", "US".\n'
    'For example: SELECT * FROM jobgrid.submit(''tap p'', parameters => ''{"region": "EU"}'');', 'what is required');
select is(pg_temp.hint_works($$select jobgrid.submit('tap p')$$), 'nothing', 'its hint works');
select is(pg_temp.said($$select jobgrid.submit('tap p', parameters => '{"regoin": "EU"}')$$),
    E'JG003\njob "tap p": there is no parameter "regoin"\nParameters are n, day, code, region, password.\nDid you mean "region"?', 'a misspelt name');
select is(pg_temp.said($$select jobgrid.submit('tap p', parameters => '{"region": "EU", "colour": 1}')$$),
    E'JG003\njob "tap p": there is no parameter "colour"\nParameters are n, day, code, region, password.\n'
    'See what it takes with: SELECT parameter_schema FROM jobgrid.job WHERE full_name = ''tap p'';', 'an unknown one');
select is(pg_temp.hint_works($$select jobgrid.submit('tap p', parameters => '{"region": "EU", "colour": 1}')$$), 'nothing', 'its hint works');
select is(pg_temp.said($$select jobgrid.submit('tap p', parameters => '{"region": "EU", "n": 10}')$$),
    E'JG003\njob "tap p": parameter "n" cannot be 10\nIt is an integer of at most 9.\n'
    'For example: SELECT * FROM jobgrid.submit(''tap p'', parameters => ''{"n": 5, "region": "EU"}'');', 'a value that is not allowed');
select is(pg_temp.hint_works($$select jobgrid.submit('tap p', parameters => '{"region": "EU", "n": 10}')$$), 'nothing', 'its hint names all that is required');
select is(pg_temp.said($$select jobgrid.submit('tap p', parameters => '{"region": "EU", "code": "ABCD"}')$$),
    E'JG003\njob "tap p": parameter "code" cannot be "ABCD"\nIt is a string of at most 1000 bytes that matches [A-Z]{3} as a whole.\n'
    'See what it takes with: SELECT parameter_schema FROM jobgrid.job WHERE full_name = ''tap p'';', 'a pattern is of the whole value');
select is(pg_temp.said($$select jobgrid.submit('tap p', parameters => '{"region": "EU", "code": "ABC\n"}')$$) like E'%"code" cannot be "ABC\\\\n"%', true,
    'and a newline is part of it');
select is(pg_temp.said($$select jobgrid.submit('tap p', parameters => '{"region": "EU", "password": "hunter2"}')$$),
    E'JG003\njob "tap p": parameter "password" is not a reference to a secret\n'
    'It is a reference, secret:NAME, to a secret that the node knows.\n'
    'For example: SELECT * FROM jobgrid.submit(''tap p'', parameters => ''{"region": "EU", "password": "secret:NAME"}'');',
    'a secret in plain text is refused, and not repeated');
select is(pg_temp.said($$select jobgrid.submit('tap p', parameters => '{"region": "EU", "pasword": "hunter2"}')$$) !~ 'hunter2', true,
    'nor is one under a misspelt name');
select is(pg_temp.hint_works($$select jobgrid.submit('tap it''s')$$), 'nothing', 'a hint quotes');
select is(pg_temp.said($$select * from jobgrid.submit_many('tap p', parameters => array['{"region": "EU"}', '{"region": "EX"}']::jsonb[])$$),
    E'JG003\njob "tap p": parameter "region" cannot be "EX"\nIt is a string, one of "EU", "US". It is in element 2 of parameters.\n'
    'For example: SELECT * FROM jobgrid.submit(''tap p'', parameters => ''{"region": "EU"}'');', 'which of many');
select is(pg_temp.said($$select * from jobgrid.submit_many('tap p', count => 2)$$) like 'JG003%"region" is missing%', true, 'many without any');
create temp table many as
    select run_id from jobgrid.submit_many('tap p', parameters => array['{"region": "EU"}', '{"region": "US", "n": 6}']::jsonb[]);
select is((select string_agg(r.parameters::text, ' ' order by run_id) from many join jobgrid.run r using (run_id)),
    '{"n": 5, "region": "EU"} {"n": 6, "region": "US"}', 'many that are right');

-- Reruns
select run_id as done from jobgrid.submit('tap p', parameters => '{"region": "US"}') \gset
select jobgrid.cancel(:done) \g /dev/null
select is(pg_temp.said(format($$select jobgrid.rerun(%s, parameters => '{"region": "EX"}')$$, :done)),
    format(E'JG003\njob "tap p": parameter "region" cannot be "EX"\nIt is a string, one of "EU", "US".\n'
           'For example: SELECT * FROM jobgrid.rerun(%s, parameters => ''{"region": "EU"}'');', :done), 'a rerun is judged');
select is(pg_temp.hint_works(format($$select jobgrid.rerun(%s, parameters => '{"region": "EX"}')$$, :done)), 'nothing', 'its hint works');
select run_id as again from jobgrid.rerun(:done, parameters => '{"n": 2}') \gset
select is((select parameters from jobgrid.run where run_id = :again),
    '{"region": "US", "n": 2}'::jsonb, 'a rerun that is right');
select run_id as was from jobgrid.submit('tap p', parameters => '{"region": "US"}') \gset
select jobgrid.cancel(:was) \g /dev/null
set local session_replication_role = replica;
update jobgrid_engine.run set version = 1 where run_id = :was;
set local session_replication_role = default;
update jobgrid.job set parameter_schema = '{"place": {"type": "string", "default": "EU"}}' where name = 'tap p';
select is(pg_temp.said(format('select jobgrid.rerun(%s)', :was)),
    format(E'JG003\njob "tap p": there is no parameter "n"\nParameters are place.\n'
           'Run it as it was: SELECT * FROM jobgrid.rerun(%s, definition => ''original'');', :was), 'a rerun under another schema');
select is(pg_temp.hint_works(format('select jobgrid.rerun(%s)', :was)), 'nothing', 'as it was it goes');
select run_id as again from jobgrid.rerun(:was, definition => 'original') \gset
select is((select parameters from jobgrid.run where run_id = :again),
    '{"region": "US", "n": 5}'::jsonb, 'with the parameters it had');
select jobgrid.undo_change((select max(change_id) from jobgrid.config_history), 'x') \g /dev/null
select is((select parameter_schema #>> '{n,default}' from jobgrid.job where name = 'tap p'), '5', 'the schema is in the history and undone');

-- What a session remembers of a schema does not outlive it
select is(pg_temp.said($t$do $x$ begin
    update jobgrid.job set parameter_schema = '{"x": {"type": "integer"}}' where name = 'tap p';
    perform jobgrid.submit('tap p', parameters => '{"x": 1}');
end $x$ $t$), 'nothing', 'a schema is in force at once');
update jobgrid.job set parameter_schema = '{"y": {"type": "integer"}}' where name = 'tap p';
select is(split_part(pg_temp.said($$select jobgrid.submit('tap p', parameters => '{"x": 1}')$$), E'\n', 2), 'job "tap p": there is no parameter "x"',
    'and not any more when it was rolled back, whatever the version');
select jobgrid.undo_change((select max(change_id) from jobgrid.config_history), 'x') \g /dev/null

-- Edits of a job
select is(pg_temp.said($$update jobgrid.job set parameters = '{"n": 99}' where name = 'tap p'$$),
    E'JG003\njob "tap p": parameter "n" cannot be 99\nIt is an integer of at most 9.\n'
    'For example: UPDATE jobgrid.job SET parameters = parameters || ''{"n": 5}'' WHERE full_name = ''tap p'';', 'the job''s own parameters');
select is(pg_temp.hint_works($$update jobgrid.job set parameters = '{"n": 99}' where name = 'tap p'$$), 'nothing', 'its hint works');
select is(pg_temp.said($$update jobgrid.job set parameters = '{"n": 9}' where name = 'tap p'$$), 'nothing', 'a job need not give what is required');
select is(pg_temp.said($$select jobgrid.define_job('tap new', kind => 'noop', parameters => '{"n": "1"}', parameter_schema => '{"n": {"type": "number"}}')$$),
    E'JG003\njob "tap new": parameter "n" cannot be "1"\nIt is a number.\nFor example parameters => ''{"n": 1}''.', 'those of a new one');
select is(pg_temp.said($$select jobgrid.define_job('tap new', kind => 'noop', parameter_schema => '{"n": {"type": "nummer"}}')$$),
    E'JG003\njob "tap new": parameter_schema: parameter "n": type cannot be "nummer"\n'
    'Types are string, integer, number, boolean, date, object, array.\nDid you mean "number"?', 'a schema that is none');
select is(pg_temp.said($$select jobgrid.define_job('tap new', kind => 'noop', parameter_schema => '{"n": {}}')$$),
    E'JG003\njob "tap new": parameter_schema: parameter "n" has no type\n'
    'Types are string, integer, number, boolean, date, object, array.\n'
    'For example parameter_schema => ''{"region": {"type": "string", "required": true, "enum": ["EU", "US"]}}''.', 'with an example');
select is(pg_temp.said($$select jobgrid.define_job('tap new', kind => 'noop', parameter_schema => '{"region": {"type": "string", "required": true, "enum": ["EU", "US"]}}')$$),
    'nothing', 'which works');
select is(pg_temp.said($$update jobgrid.job set parameter_schema = '[]' where name = 'tap p'$$) like '23514%"parameter_schema is a JSON object"%', true, 'it is an object');
select is(pg_temp.said($$update jobgrid.job set parameter_schema = null where name = 'tap p'$$) like '23502%', true, 'and not null');

-- Patterns
create function pg_temp.pattern(pattern text) returns text language sql as $$
    select pg_temp.said(format($x$update jobgrid.job set parameter_schema = %L where name = 'tap any'$x$,
                               jsonb_build_object('a', jsonb_build_object('type', 'string', 'pattern', pattern))))
$$;
update jobgrid.job set parameters = '{}' where name = 'tap any';
select is(split_part(pg_temp.pattern(p), E'\n', 3), said, format('pattern %s', p)) from (values
    ('a|b', ''),
    ('(?:é|\d{2})+', ''),
    ('(a', 'It is no regular expression: parentheses () not balanced.'),
    ('a)|(b', 'It is no regular expression: parentheses () not balanced.'),
    ('(a)\1', 'It has a back reference, which may take for ever to match.'),
    ('(?i)a', 'It begins with options such as (?i), or has a comment that does not end.'),
    ('a(?#x', 'It begins with options such as (?i), or has a comment that does not end.'),
    ('(((((a{1,99}){1,99}){1,99}){1,99}){1,99})', 'It is no regular expression: regular expression is too complex.')) c (p, said);

-- Schedules
select is(pg_temp.said($$insert into jobgrid.schedule (job, schedule) values ('tap p', 'daily')$$),
    E'JG003\nschedule "main" of job "tap p": parameter "region" is missing\nIt is required, and is a string, one of "EU", "US".\n'
    'For example: UPDATE jobgrid.schedule SET parameters = parameters || ''{"region": "EU"}'' WHERE job = ''tap p'' AND name = ''main'';',
    'a schedule whose runs would be refused');
insert into jobgrid.schedule (job, schedule, parameters) values ('tap p', 'daily', '{"region": "EU"}');
select is(pg_temp.hint_works($$update jobgrid.schedule set parameters = '{"region": "Asia"}' where job = 'tap p'$$), 'nothing', 'the hint works');
select is(pg_temp.said($$update jobgrid.schedule set parameters = '[]' where job = 'tap p'$$) like '23514%', true, 'parameters that are no object');
select is(pg_temp.said($$update jobgrid.job set parameter_schema = jsonb_set(parameter_schema, '{region,enum}', '["US"]') where name = 'tap p'$$),
    E'JG003\nschedule "main" of job "tap p": parameter "region" cannot be "EU"\nIt is a string, one of "US".\n'
    'For example: UPDATE jobgrid.schedule SET parameters = parameters || ''{"region": "US"}'' WHERE job = ''tap p'' AND name = ''main'';',
    'an edit of the job that its schedule does not fit');
select is(pg_temp.said($t$do $x$ begin
    update jobgrid.job set parameter_schema = parameter_schema || '{"desk": {"type": "string", "required": true}}' where name = 'tap p';
    update jobgrid.schedule set parameters = parameters || '{"desk": "rates"}' where job = 'tap p';
end $x$ $t$), 'nothing', 'job and schedule are changed together');
select is(pg_temp.said($$update jobgrid.job set name = 'tap q' where name = 'tap p'$$), 'nothing', 'a rename');

select * from finish();
rollback;

-- Conditions: what texts of both spellings mean, and what is refused, in which words. The language itself has its tests in
-- tests/unit/extension_condition.c.
begin;
select plan(30);

create role tap_viewer login in role jobgrid_viewer;
create role tap_stranger login;
create function pg_temp.error_of(command text) returns text language plpgsql as $$
declare message text; detail text; hint text;
begin
    execute command;
    return 'no error';
exception when others then
    get stacked diagnostics message = message_text, detail = pg_exception_detail, hint = pg_exception_hint;
    return concat_ws(' | ', sqlstate, message, nullif(detail, ''), nullif(hint, ''));
end $$;
create function pg_temp.texts(condition text, spelling text default 'native') returns text language sql as $$
    select concat_ws(' | ', coalesce(p.native, 'null'), coalesce(p.autosys, 'null'), coalesce(p.note, 'null'))
    from jobgrid.parse_condition(condition, spelling) p
$$;
create function pg_temp.atoms(condition text, spelling text default 'native') returns jsonb language sql as $$
    select p.atoms from jobgrid.parse_condition(condition, spelling) p
$$;
-- Whether the condition at the end of a hint is read.
create function pg_temp.hint_works(condition text, spelling text default 'native') returns text language sql as $$
    select pg_temp.error_of(format('select jobgrid.parse_condition(%L, %L)',
        (regexp_match(pg_temp.error_of(format('select jobgrid.parse_condition(%L, %L)', condition, spelling)), 'Did you mean: (.*)$'))[1],
        spelling))
$$;

-- Both spellings
select is(pg_temp.texts('SUCCEEDED(load) and (f(check) or d("my job") within ''90 minutes'')'),
    'succeeded(load) and (failed(check) or ended("my job") within ''1 hour 30 minutes'') | null | AutoSys'' spelling cannot say: same business date',
    'the default of native text is the business date');
select is(pg_temp.texts('succeeded(load) at any time or notrunning(dump) and value(market) <> open'),
    'succeeded(load) at any time or notrunning(dump) and value(market) <> ''open'' | s(load) | (n(dump) & v(market) != open) | null', 'what both can say');
select is(pg_temp.texts('s(a) | s(b) & f(c, 12.30)', 'autosys'),
    '(succeeded(a) at any time or succeeded(b) at any time) and failed(c) within ''12 hours 30 minutes'' | s(a) | s(b) & f(c, 12.30) | null',
    'AutoSys reads from left to right');
select is(pg_temp.texts('success(a\:b^PRD, 0) AND exitcode(c) > 3', 'autosys'),
    'succeeded(a:b^PRD) since my last end and exitcode(c) > 3 at any time | s(a\:b^PRD, 0) & e(c) > 3 | null', 'long words, escapes, instances');
select is(pg_temp.texts('not succeeded(a)'), 'not succeeded(a) | null | AutoSys'' spelling cannot say: not', 'AutoSys has no not');
select is(pg_temp.texts('2 of (s(a), s(b), s(c))'),
    '2 of (succeeded(a), succeeded(b), succeeded(c)) | null | AutoSys'' spelling cannot say: 2 of', 'nor counts');
select is(pg_temp.texts('n(a, 12.00)', 'autosys'), 'null | n(a, 12.00) | native spelling cannot say: notrunning() with a lookback', 'nor has native text all of AutoSys');
select is((select p.native from jobgrid.parse_condition('all of (s(a), any of (s(b), s(c)))') p),
    'succeeded(a) and (succeeded(b) or succeeded(c))', 'lists are said with and and or');
select is((select native from jobgrid.parse_condition((select native from jobgrid.parse_condition('s(a) or not (s(b) and t(c) since my last end)')))),
    'succeeded(a) or not (succeeded(b) and terminated(c) since my last end)', 'a canonical text is itself');
select is((select count(*) from jobgrid.parse_condition('s(a)')), 1::bigint, 'one row');
select is(jobgrid.parse_condition(null)::text, null, 'of nothing comes nothing');
select is((select jobgrid.parse_condition('s(a)', null))::text, null, 'nor in no spelling');

-- Atoms
select is(pg_temp.atoms('s(load) and s(load) and exitcode("my job"^PRD) >= 4 within ''2 hours'''),
    '[{"atom": "succeeded(load)", "kind": "succeeded", "name": "load", "lookback": "same_business_date"},
      {"atom": "exitcode(\"my job\"^PRD) >= 4 within ''2 hours''", "kind": "exitcode", "name": "my job", "instance": "PRD", "compare": ">=",
       "value": 4, "lookback": "within", "minutes": 120}]'::jsonb, 'each atom once, and without nulls');
select is(pg_temp.atoms('result(load, rows.count) <> 0 at any time or value(market) = ''it''''s "open"'' or notrunning(x)'),
    '[{"atom": "result(load, rows.count) <> 0 at any time", "kind": "result", "name": "load", "path": "rows.count", "compare": "<>",
       "value": "0", "lookback": "any_time"},
      {"atom": "value(market) = ''it''''s \"open\"''", "kind": "value", "name": "market", "compare": "=", "value": "it''s \"open\""},
      {"atom": "notrunning(x)", "kind": "notrunning", "name": "x"}]'::jsonb, 'results, values and what runs now');
select is(pg_temp.atoms('s(a, 0) | f(b, 9999) | n(c, 30)', 'autosys'),
    '[{"atom": "succeeded(a) since my last end", "kind": "succeeded", "name": "a", "lookback": "since_my_last_end"},
      {"atom": "failed(b) within ''forever''", "kind": "failed", "name": "b", "lookback": "forever"},
      {"atom": "n(c, 30.00)", "kind": "notrunning", "name": "c", "lookback": "within", "minutes": 1800}]'::jsonb,
    'the text of an atom is AutoSys'' where native text has none');

-- Errors
select is(pg_temp.error_of($$select jobgrid.parse_condition('sucess(load) and faild(check)')$$),
    E'JG003 | "sucess" at position 1 is not a condition | It reads:\nsucess(load) and faild(check)\n^^^^^^ | Did you mean: succeeded(load) and failed(check)',
    'an error names the word, marks it and mends the text');
select is(pg_temp.hint_works('sucess(load) and faild(check)'), 'no error', 'its hint works');
select is(pg_temp.error_of($$select jobgrid.parse_condition('a && b')$$),
    E'JG003 | "a" at position 1 is not a condition | It reads:\na && b\n^ | Did you mean: succeeded(a) and succeeded(b)', 'names alone');
select is(pg_temp.error_of($$select jobgrid.parse_condition('succeeded(été job)')$$),
    E'JG003 | "job" at position 15 is not a closing bracket | It reads:\nsucceeded(été job)\n              ^^^ | Did you mean: succeeded("été job")',
    'positions are letters');
select is(pg_temp.error_of($$select jobgrid.parse_condition('not notrunning(x)')$$),
    E'JG003 | "notrunning" at position 5 cannot stand under not: nothing tells the scheduler when a job starts | It reads:\nnot notrunning(x)\n'
    '    ^^^^^^^^^^ | For a job that has run write ended(job), for one that does not run notrunning(job) alone.', 'what nobody can know');
select is(pg_temp.error_of($$select jobgrid.parse_condition('not s(a)', 'autosys')$$),
    E'JG003 | "not" at position 1 is not known in AutoSys'' spelling | It reads:\nnot s(a)\n^^^ | AutoSys has no NOT, skipped(), result() or counts such as 2 of: '
    'write the condition in native spelling, such as not succeeded(load).', 'AutoSys has no not');
select is(pg_temp.error_of($$select jobgrid.parse_condition('s(a, 30.5)', 'autosys')$$),
    E'JG003 | "30.5" at position 6 is not a lookback | It reads:\ns(a, 30.5)\n     ^^^^ | Minutes have two digits: 1.05 is an hour and five minutes, 1.50 an hour and fifty.',
    'minutes have two digits');
select is(pg_temp.error_of($$select jobgrid.parse_condition('')$$),
    E'JG003 | a condition cannot be empty | It reads:\n\n^ | Write for example succeeded(load) and not failed(check).', 'nothing');
select is(pg_temp.error_of($$select jobgrid.parse_condition(repeat('(', 201))$$) like 'JG003 | "(" at position 201 is one bracket in another too many%', true, 'too deep');
select is(pg_temp.error_of($$select jobgrid.parse_condition(repeat('s(a) and ', 120000))$$) like 'JG003 | a condition has at most 1048576 bytes%', true, 'too long');
select is(pg_temp.error_of($$select jobgrid.parse_condition('s(a)', 'controlm')$$),
    'JG003 | spelling "controlm" is not known | Spellings are native and autosys.', 'a spelling that is none');

-- Sizes
select is((select jsonb_array_length(p.atoms) from jobgrid.parse_condition((select string_agg('s(' || n || ')', ' and ') from generate_series(1, 50000) n)) p),
    50000, '50,000 atoms');
select is((select p.native is null and p.note = 'native spelling cannot say: brackets that are nested more than 200 times'
           from jobgrid.parse_condition((select string_agg('s(' || n || case n % 2 when 0 then ')&' else ')|' end, '' order by n) || 's(z)'
                                         from generate_series(1, 50000) n), 'autosys') p), true, 'an operator that changes 50,000 times');

-- Who may
create function pg_temp.as_role(role name, command text) returns text language plpgsql as $$
declare answer text;
begin
    execute format('set local session authorization %I', role);
    begin
        execute command into answer;
    exception when others then
        answer := sqlstate || ' ' || sqlerrm;
    end;
    set local session authorization default;
    return answer;
end $$;
select is(pg_temp.as_role('tap_viewer', $$select native from jobgrid.parse_condition('s(a)')$$), 'succeeded(a)', 'viewers may ask');
select is(pg_temp.as_role('tap_stranger', $$select native from jobgrid.parse_condition('s(a)')$$) like '42501 %', true, 'strangers may not');

select * from finish();
rollback;

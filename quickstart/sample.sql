-- The sample of make quickstart: a small end of day. Define_job creates a job or changes it, so this can run again.
create schema if not exists sample;
create table if not exists sample.report (
    business_date date not null,
    made_at       timestamptz not null default now()
);

-- A job of kind sql runs in the server as a role of its own, with that role's rights and no others.
select 'create role sample_reporter login' where to_regrole('sample_reporter') is null \gexec
grant usage on schema sample to sample_reporter;
grant select, insert on sample.report to sample_reporter;

select jobgrid.define_job('extract_rates',
    title => 'Fetch exchange rates', tags => '{sample}',
    command => 'for pair in EURCHF USDCHF GBPCHF; do echo "rate $pair"; sleep 0.2; done');

select jobgrid.define_job('extract_positions',
    title => 'Fetch positions', tags => '{sample}',
    command => 'for book in 1 2 3 4; do echo "book $book: 250 positions"; sleep 0.2; done');

select jobgrid.define_job('calculate',
    title => 'Value the positions', tags => '{sample}',
    after => '{extract_rates,extract_positions}',
    command => 'echo "valued 1000 positions for $JOBGRID_BUSINESS_DATE"; sleep 0.5');

select jobgrid.define_job('report', kind => 'sql',
    title => 'Write the report', tags => '{sample}',
    after => '{calculate}', sql_role => 'sample_reporter',
    command => 'insert into sample.report (business_date) values (current_setting(''jobgrid.business_date'')::date)');

-- Fails on purpose: somebody mistyped the recipient. A rerun with the right parameter succeeds.
select jobgrid.define_job('send_report',
    title => 'Send the report', tags => '{sample}',
    after => '{report}', parameters => '{"recipient": "risk-taem"}',
    instructions => 'Look at the log. A wrong recipient: rerun with the right one.',
    command => $$
case $JOBGRID_PARAM_RECIPIENT in
risk-team) echo "report sent to $JOBGRID_PARAM_RECIPIENT" ;;
*)
    echo "no such recipient: $JOBGRID_PARAM_RECIPIENT (did you mean risk-team?)" >&2
    echo "rerun with the parameter recipient = risk-team" >&2
    exit 3 ;;
esac
$$);

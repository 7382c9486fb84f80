-- Submits the sample and prints the ids of its runs.
select s.run_id
from unnest(array['extract_rates', 'extract_positions', 'calculate', 'report', 'send_report']) with ordinality as sample (job, n),
    lateral jobgrid.submit(sample.job) as s
order by sample.n;

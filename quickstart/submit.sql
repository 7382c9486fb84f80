-- Submits the sample and prints the ids of its runs. Jobs wait for others of the same business date, so that each time
-- is a day of its own: today, or the day after the last one.
select s.run_id
from (select greatest(current_date, max(r.business_date) + 1) as day from jobgrid.run r where r.job = 'send_report') today,
    unnest(array['extract_rates', 'extract_positions', 'calculate', 'report', 'send_report']) with ordinality as sample (job, n),
    lateral jobgrid.submit(sample.job, business_date => today.day) as s
order by sample.n;

# shellcheck shell=bash
# What the figures about schedules share: many jobs with a schedule each. To be sourced by them.

# make_schedules COUNT TEXT: jobs of kind noop, each with a schedule whose text is an SQL expression over n.
make_schedules() {
	sql "insert into jobgrid.job (name, kind) select 'scheduled ' || n, 'noop' from generate_series(1, $1) n" \
		"insert into jobgrid.schedule (job, schedule, on_overlap)
		 select 'scheduled ' || n, $2, 'wait' from generate_series(1, $1) n" >/dev/null
	wait_until 'select not exists (select from jobgrid_engine.fire_cursor where edited)'
	sql 'vacuum analyze' checkpoint
}

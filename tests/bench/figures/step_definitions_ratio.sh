# shellcheck shell=bash
# What definitions cost that nobody runs: steps per second of a workflow in diamonds, conditions included, with SIZE jobs
# defined against a hundredth of them. Two servers take turns; each the median of five.
# shellcheck disable=SC2154,SC2034

target='>= 0.9'

figure() {
	local less more count=$((size / 3000 + 1))
	# shellcheck source=tests/bench/workflows.sh
	. tests/bench/workflows.sh
	two_servers work 300 "$diamonds"
	define_jobs $((size / 100))
	on_second define_jobs "$size"
	rates_in_turns work 300 "$count"
	value=$(calculate "$(median "${more[@]}") / $(median "${less[@]}")")
	raw few_steps_per_s "$(median "${less[@]}")"
	raw many_steps_per_s "$(median "${more[@]}")"
	raw jobs "$(on_second sql 'select count(*) from jobgrid.job')"
	raw edges "$(on_second sql 'select count(*) from jobgrid_engine.job_edge')"
}

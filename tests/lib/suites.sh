# shellcheck shell=bash
# One function a suite, and one that says whether the tree has it; to be sourced by tests/run, which gives $run (the
# folder of this run), $suite, tally, broken, fail and time_limit. A suite function counts what it ran with tally; the files
# given to it narrow it down. It fails where it could not go on ("set -e" does not hold in it).
# shellcheck disable=SC2154

has_unit() { [[ -e tests/unit/Makefile ]]; }
has_fuzz() { [[ -e tests/fuzz/Makefile ]]; }
# Users, mounts and other users' processes are root's.
has_node() {
	[[ -e tests/node/Makefile ]] || return
	((EUID == 0)) || { echo '== node: skipped, it must be run as root'; return 1; }
	unshare -m true 2>/dev/null || { echo '== node: skipped, root has no mount namespaces here'; return 1; }
}
has_pgtap() { compgen -G 'pgtap/*.sql' >/dev/null; }
has_regress() { compgen -G 'tests/regress/sql/*.sql' >/dev/null; }
has_isolation() { compgen -G 'tests/isolation/specs/*.spec' >/dev/null; }
has_executor() { compgen -G 'tests/executor/*.t' >/dev/null; }
has_runners() { compgen -G 'tests/runners/*.t' >/dev/null; }
has_cli() { compgen -G 'tests/cli/*.t' >/dev/null; }
has_t() { compgen -G 'tests/t/*.pl' >/dev/null; }
has_faults() { compgen -G 'tests/faults/*.pl' >/dev/null; }
has_upgrade() { compgen -G 'tests/upgrade/*.pl' >/dev/null; }
# A machine of its own: emulated, and made for it. That takes a quarter of an hour.
has_guest() {
	local word
	[[ ${JOBGRID_TEST_SIZE:-} = long ]] || return
	((EUID == 0)) || { echo '== guest: skipped, it must be run as root'; return 1; }
	[[ $(uname -m) = x86_64 ]] || { echo '== guest: skipped, there is a machine for x86_64 only'; return 1; }
	for word in qemu-system-x86_64 debootstrap mke2fs; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$word" >/dev/null || { echo "== guest: skipped, there is no $word"; return 1; }
	done
}
has_console() { compgen -G 'tests/console/*.pl' >/dev/null; }

# The copy of the tree and of the server's programs that all suites share.
prepare() {
	project=$run/project tree=$run/tree
	mkdir "$project"
	tar -c --exclude=./.git --exclude=./.quickstart --exclude='*.o' . | tar -x --no-same-owner -C "$project"
	((EUID != 0)) || chown -R "$(server_user):" "$project"
	chmod -R u+rwX,go+rX "$project"
	server_tree "$tree"
	mkdir -p "$(zones)"
	((EUID != 0)) || chown "$(server_user):" "$(zones)"
	pgxs=$(dirname "$("$(pg_config_path)" --pgxs)")/..
}

# Where a test puts time zones of its own; the server's come from the system.
zones() { echo "$tree$("$(pg_config_path)" --sharedir)/timezone"; }

# The suites of one program run it as built with sanitizers; those in which it plays with others do where that is asked for.
sanitized() { [[ -n ${JOBGRID_TEST_ASAN:-} || $suite = executor || $suite = runners || $suite = cli ]]; }

# as_tester NAME=value... COMMAND: as the servers' user, in the copy, with the private server's programs first.
as_tester() {
	local bin programs=() reports="log_path=$run/$suite/sanitizer"
	! sanitized || programs=(JOBGRID_CLI="$project/control/cli/jobgrid-asan"
		JOBGRID_EXECUTOR="$project/executor/jobgrid-executor-asan" JOBGRID_JOB="$project/executor/jobgrid-job-asan"
		JOBGRID_RUNNERS="$project/executor/build-asan/kinds" ASAN_OPTIONS="$reports"
		UBSAN_OPTIONS="print_stacktrace=1:$reports")
	bin=$tree$("$(pg_config_path)" --bindir)
	(for group in "${groups[@]}"; do echo "$BASHPID" >"$group/cgroup.procs"; done
	as_server_user JOBGRID_TEST_RUN="$run" JOBGRID_TEST_ZONES="$(zones)" JOBGRID_TEST_SIZE="${JOBGRID_TEST_SIZE:-}" \
		JOBGRID_TEST_SEED="${JOBGRID_TEST_SEED:-}" HOME="$run/$suite" TMPDIR="$run/$suite" \
		PATH="$bin:$project/executor:$project/control/cli:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" \
		PERL5LIB="$pgxs/test/perl:$project/tests/lib" PG_REGRESS="$pgxs/test/regress/pg_regress" \
		TESTDIR="$run/$suite" TESTDATADIR="$run/$suite/tmp_check" TESTLOGDIR="$run/$suite/tmp_check/log" \
		JOBGRID_TEST_GROUPS="${groups[*]/%//delegated}" "${programs[@]}" env -C "$project" "$@")
}
groups=()

# Control groups in every hierarchy, in which the tester may put an executor into the one called delegated.
make_groups() {
	local point type controllers own group user
	((EUID == 0)) || return 0
	user=$(server_user)
	while read -r _ point type controllers _; do
		[[ $type = cgroup2 || ,$controllers, =~ ,(cpu|cpuacct|memory|pids|blkio), ]] || continue
		[[ $type = cgroup2 ]] && own=$(sed -n 's/^0:://p' /proc/self/cgroup) ||
			own=$(awk -F: -v word="${BASH_REMATCH[1]}" '("," $2 ",") ~ "," word "," { print $3 }' /proc/self/cgroup)
		group=$point${own%/}/${run##*/}
		mkdir -p "$group/delegated" 2>/dev/null || continue
		chown "$user:" "$group/cgroup.procs" "$group/delegated" "$group"/delegated/cgroup.{procs,threads,subtree_control} \
			"$group/delegated/tasks" 2>/dev/null || true
		groups+=("$group")
	done < <(grep -E ' cgroup2? ' /proc/self/mounts)
}

remove_groups() {
	local group
	for group in "${groups[@]}"; do find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
	groups=()
}

# One server for a whole suite, with the extension in database jobgrid.
suite_server() {
	make_server_folder "$run/$suite"
	ln -sfn ../tree "$run/$suite/tree"
	server_init "$run/$suite" jobgrid && server_start "$run/$suite" &&
		server_psql "$run/$suite" jobgrid -c 'create extension jobgrid'
}

# A server that crashed and came back may have left every test green.
check_server() {
	server_stop "$run/$suite"
	if grep -nE 'PANIC:|TRAP:|was terminated by signal|Sanitizer' "$run/$suite/log"; then fail 'the server crashed'; fi
}

# A sanitizer's report ends a process; where another one starts it again, every test may still be green.
check_sanitizers() {
	local report
	for report in "$run/$suite"/sanitizer.*; do
		[[ ! -e $report ]] || { cat "$report"; fail 'a sanitizer has found something'; }
	done
}

# run_tap ARGUMENT...: runs files that print TAP and counts them (tests/lib/run_tap says how it is called).
run_tap() {
	local result=$run/$suite/result counts
	make_server_folder "$run/$suite"
	rm -f "$result"
	as_tester "${tap_env[@]}" timeout -k 10 "$(time_limit)" tests/lib/run_tap --limit "$(($(time_limit) / 2))" \
		--result "$result" "$@" </dev/null || true
	if read -r -a counts 2>/dev/null <"$result"; then
		tally "${counts[@]}"
		mapfile -t -O "${#broken[@]}" broken < <(sed "1d; s/^/$suite: /" "$result")
	else
		fail 'died or ran out of time'
	fi
	check_sanitizers
}
tap_env=()

# TAP::Harness in the copy for what a colleague would run as: prove FILE...
suite_perl() {
	local default=$1 files=("${@:2}")
	((${#files[@]})) || mapfile -t files < <(compgen -G "$default" | sort)
	run_tap --jobs "${JOBS:-2}" "${files[@]}"
}

# Unit tests are C programs without a server; their Makefile builds and runs them and passes on their TAP. So are those
# of a root keeper.
suite_unit() { run_programs tests/unit "$@"; }
# Those mostly wait, and do not meet.
suite_node() { local -x MAKEFLAGS="-j${JOBS:-2} -Otarget"; run_programs tests/node "$@"; }

# What reads bytes from elsewhere, for some seconds each; make fuzz takes its time.
suite_fuzz() {
	local -x FUZZ_SECONDS=3
	[[ ${JOBGRID_TEST_SIZE:-} != long ]] || FUZZ_SECONDS=60
	run_programs tests/fuzz "$@"
}

# run_programs FOLDER FILE...
run_programs() {
	local out=$run/$suite.out status=0 before=$failed
	timeout -k 10 "$(time_limit)" make -s -k -C "$1" check PROGRAMS="${*:2}" WERROR=-Werror </dev/null >"$out" 2>&1 || status=$?
	count_tap "$out"
	((status == 0 || failed > before)) || fail "make -C $1 check ended with status $status"
	((status == 0 && failed == before)) || grep -vE '^(ok\b|[0-9]+\.\.[0-9]+)' "$out" || true
}

# count_tap FILE: what several programs have printed.
count_tap() {
	tally "$(grep -cE '^ok\b' "$1" || true)" "$(grep -cE '^not ok\b' "$1" || true)"
	mapfile -t -O "${#broken[@]}" broken < <(sed -n "s/^not ok\b/$suite:/p" "$1")
}

suite_guest() {
	local status=0 before=$failed
	PATH=$PATH:/usr/sbin:/sbin tests/guest/boot "$run/guest" >"$run/guest.out" 2>&1 || status=$?
	if ((status == 2)); then
		cat "$run/guest.out"
		skipped='it does not boot'
		echo "== guest: skipped, $skipped"
		return
	fi
	count_tap "$run/guest.out"
	((status == 0 && failed == before)) || grep -vE '^ok\b' "$run/guest.out" || true
	((status == 0)) || fail 'the machine did not come to its end'
}

suite_pgtap() {
	local files=("$@")
	((${#files[@]})) || mapfile -t files < <(compgen -G 'pgtap/*.sql' | sort)
	suite_server || return
	server_psql "$run/$suite" jobgrid -c 'create extension pgtap' || return
	tap_env=(PGHOST="$run/$suite/socket" PGUSER=postgres PGDATABASE=jobgrid PGOPTIONS='-c client_min_messages=warning -c statement_timeout=60s')
	run_tap --pgtap "${files[@]}"
	tap_env=()
	check_server
}

# pg_regress prints "test NAME ... ok" up to version 15 and TAP from 16 on.
count_regress() {
	local good bad ran
	good=$(grep -cE '^ok [0-9]|^(test|    ) .* \.\.\. ok' "$1" || true)
	bad=$(grep -cE '^not ok [0-9]|^(test|    ) .* \.\.\. FAILED' "$1" || true)
	tally "$good" "$bad"
	((bad == 0)) || broken+=("$suite: $bad of $2, see the differences")
	ran=$((good + bad))
	((good == $2)) || cat "$1"
	((bad == 0)) || cat "$run/$suite/out/regression.diffs" || true
	((ran == $2)) || fail "$2 tests were to run, $ran did"
}

# run_regress PROGRAM FOLDER NAME...
run_regress() {
	local out=$run/$suite.out
	suite_server || return
	as_server_user mkdir "$run/$suite/out"
	as_tester env -C "$project/$2" timeout -k 10 "$(time_limit)" "$1" --use-existing --dbname=jobgrid \
		--bindir="$(server_bin "$run/$suite")" --outputdir="$run/$suite/out" \
		--host="$run/$suite/socket" --port=5432 --user=postgres "${@:3}" </dev/null >"$out" 2>&1 || true
	count_regress "$out" $(($# - 2))
	check_server
}

# names_of PATTERN FILE...: the names that pg_regress takes, of the given files or of all.
names_of() {
	local files=("${@:2}")
	((${#files[@]})) || mapfile -t files < <(compgen -G "$1" | sort)
	files=("${files[@]##*/}")
	printf '%s\n' "${files[@]%.*}"
}

suite_regress() {
	local names
	mapfile -t names < <(names_of 'tests/regress/sql/*.sql' "$@")
	run_regress "$pgxs/test/regress/pg_regress" tests/regress "${names[@]}"
}

suite_isolation() {
	local names
	mapfile -t names < <(names_of 'tests/isolation/specs/*.spec' "$@")
	run_regress "$pgxs/test/isolation/pg_isolation_regress" tests/isolation "${names[@]}"
}

# The executor against a stand-in for the database; with the real one it is met in suite t.
suite_executor() { suite_perl 'tests/executor/*.t' "$@"; }

# The runners and jobgrid-job, with the test in the node's place.
suite_runners() { suite_perl 'tests/runners/*.t' "$@"; }

# The program against a stand-in, which can show any answer and any error; then against the real thing.
suite_cli() {
	suite_perl 'tests/cli/*.t' "$@"
	suite_server || return
	tap_env=(JOBGRID_TEST_DB=jobgrid PGHOST="$run/$suite/socket" PGUSER=postgres)
	suite_perl 'tests/cli/*.t' "$@"
	tap_env=()
	check_server
}

suite_t() { suite_perl 'tests/t/*.pl' "$@"; }
suite_faults() {
	make_groups
	suite_perl 'tests/faults/*.pl' "$@"
	reap faults
	remove_groups
}
suite_upgrade() { suite_perl 'tests/upgrade/*.pl' "$@"; }
suite_console() { suite_perl 'tests/console/*.pl' "$@"; }

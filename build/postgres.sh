# shellcheck shell=bash
# Private PostgreSQL servers for the quickstart and the tests; to be sourced. Nothing here touches a server or a folder
# of the machine's own, and nothing is installed into it: a private server has
#
#   DIR/tree     its own copy of the server's programs and links to the rest, with the built extension added
#   DIR/data     its cluster; the server runs as an unprivileged user, never as root
#   DIR/socket   the only way in: a folder that only its user can enter, hence "trust"
#   DIR/log      what the server says
#
# PostgreSQL finds its files relative to its own program, so a copied program looks into the copied tree. Before
# version 18 that is the only way to offer an extension to one server and to no other.

pg_config_path() { echo "${PG_CONFIG:-pg_config}"; }

# Who runs the servers: PostgreSQL refuses root. Under sudo it is who called it, so that he can use what was made.
server_user() {
	if ((EUID != 0)); then
		id -un
	elif [[ ${SUDO_UID:-0} != 0 ]] && id -u "${SUDO_USER:-}" >/dev/null 2>&1; then
		echo "$SUDO_USER"
	else
		echo postgres
	fi
}

# Runs a command as that user, in a folder that it can be in and a clean environment with the variables given as
# NAME=value before the command.
as_server_user() {
	local switch=() user
	user=$(server_user)
	((EUID != 0)) || switch=(setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups)
	"${switch[@]}" env -i -C / PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 HOME=/var/tmp TZ=UTC \
		TERM="${TERM:-dumb}" ${CI:+CI="$CI"} "$@"
}

# A folder whose parents that user may pass, and which belongs to it.
make_server_folder() {
	mkdir -p "$1" && chmod 700 "$1"
	((EUID != 0)) || chown "$(server_user):" "$1"
}

# server_tree TREE: programs copied, libraries and data linked, the extension installed on top.
server_tree() {
	local tree=$1 bin lib share
	bin=$("$(pg_config_path)" --bindir) lib=$("$(pg_config_path)" --pkglibdir) share=$("$(pg_config_path)" --sharedir)
	mkdir -p "$tree$bin" "$tree$lib" "$tree$share"
	cp -L "$bin"/* "$tree$bin"
	find "$lib" -mindepth 1 -maxdepth 1 ! -name bitcode -exec cp -as -t "$tree$lib" {} +
	cp -as "$share/." "$tree$share"
	rm -f "$tree$lib"/jobgrid.so "$tree$share"/extension/jobgrid*
	make -s -C extension install DESTDIR="$tree" PG_CONFIG="$(pg_config_path)"
}

server_bin() { echo "$1/tree$("$(pg_config_path)" --bindir)"; }

# server_init DIR DATABASE [SETTING...]: a cluster that preloads jobgrid for that database. The database is made before
# the first start, so that the workers find it when they wake.
server_init() {
	local dir=$1 database=$2
	as_server_user mkdir -m 700 "$dir/socket"
	as_server_user "$(server_bin "$dir")/initdb" -D "$dir/data" -U postgres --auth=trust --no-locale -E UTF8 \
		--no-instructions >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; return 1; }
	echo "create database $database" | as_server_user "$(server_bin "$dir")/postgres" --single -D "$dir/data" postgres \
		>"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; return 1; }
	rm -f "$dir/initdb.log"
	printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$dir/socket'" "port = 5432" \
		"shared_preload_libraries = 'jobgrid'" "jobgrid.database = '$database'" \
		"log_line_prefix = '%m [%p] %q%u@%d '" "${@:3}" >>"$dir/data/postgresql.conf"
}

# server_start DIR: returns when it answers. After a crash the old server's processes may need a moment to go, and
# until then its pid file stands in the way; that interlock is PostgreSQL's and stays.
server_start() {
	for _ in {1..10}; do
		! as_server_user "$(server_bin "$1")/pg_ctl" -D "$1/data" -l "$1/log" -w -s start 2>/dev/null || return 0
		[[ -e $1/data/postmaster.pid ]] || break
		sleep 1
	done
	tail -n 30 "$1/log" >&2
	return 1
}

# pg_ctl would take a dead process that nobody has reaped for a server.
server_running() {
	local pid
	read -r pid 2>/dev/null <"$1/data/postmaster.pid" && grep -qs '^postgres$' "/proc/$pid/comm" &&
		! grep -qs '^State:.Z' "/proc/$pid/status"
}

# server_stop DIR [MODE]: does nothing where it does not run.
server_stop() {
	! server_running "$1" || as_server_user "$(server_bin "$1")/pg_ctl" -D "$1/data" -w -s -m "${2:-fast}" stop
}

# server_psql DIR DATABASE [ARGUMENT...]: stops at the first error.
server_psql() {
	as_server_user PGHOST="$1/socket" PGUSER=postgres PGDATABASE="$2" \
		"$(server_bin "$1")/psql" -X -q -v ON_ERROR_STOP=1 "${@:3}"
}

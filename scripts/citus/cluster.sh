#!/usr/bin/env bash
# A Citus cluster for tests: a coordinator and two nodes on loopback. Needs the programs of a PostgreSQL for which the
# extension citus is installed (github.com/citusdata/citus, or a package of it).
#
#   cluster.sh start DIR        start on DIR and print the coordinator's address; a second time prints it again
#   cluster.sh stop DIR         stop cleanly; the data stays
#   cluster.sh kill DIR NODE    stop one node (0: the coordinator, 1, 2) at once, as a crash
#   cluster.sh resume DIR NODE  start it again on its port
#   cluster.sh found            exit 0 where a cluster can be started here, else say why not and exit 3
#
# DIR gets 0, 1 and 2 (data directories), ports and logs. PG_CONFIG names the installation. As root the servers run as
# the user postgres.
set -euo pipefail

nodes="0 1 2"
missing=3
start_seconds_max=120
user=tenure

say() { printf 'citus: %s\n' "$*" >&2; }
fail() {
	say "$1"
	exit "${2:-1}"
}

# config prints a pg_config whose installation has the extension.
config() {
	local candidate
	for candidate in ${PG_CONFIG:-} /usr/lib/postgresql/*/bin/pg_config pg_config; do
		candidate=$(command -v "$candidate" || true)
		if [ -n "$candidate" ] && [ -f "$("$candidate" --pkglibdir)/citus.so" ] && [ -x "$("$candidate" --bindir)/initdb" ]; then
			echo "$candidate"
			return
		fi
	done
	fail "no PostgreSQL with the extension citus is installed here: build it from github.com/citusdata/citus, or set PG_CONFIG" $missing
}

# as runs a program as a user that PostgreSQL starts for.
as() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid postgres --regid postgres --clear-groups --reset-env -- env -C / LC_ALL=C "$@"
	else
		env LC_ALL=C "$@"
	fi
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

dsn() { echo "postgres://$user@127.0.0.1:$(cat "$1/$2.port")/postgres?sslmode=disable"; }

ask() {
	local dir=$1 node=$2
	shift 2
	"$bin/psql" -X -q -At -v ON_ERROR_STOP=1 -d "$(dsn "$dir" "$node")" "$@"
}

initialise() {
	local dir=$1 node
	mkdir -p "$dir"
	[ "$(id -u)" != 0 ] || chown postgres "$dir"
	for node in $nodes; do
		free_port >"$dir/$node.port"
		as "$bin/initdb" -D "$dir/$node" -U $user -A trust -E UTF8 --locale=C >/dev/null
		# Nothing of a test is worth a flush; TENURE_TEST_DURABLE asks for what a crash of the machine leaves.
		cat >>"$dir/$node/postgresql.conf" <<-CONF
			listen_addresses = '127.0.0.1'
			port = $(cat "$dir/$node.port")
			unix_socket_directories = ''
			shared_preload_libraries = 'citus,pg_stat_statements'
			max_connections = 300
			max_prepared_transactions = 300
			wal_level = logical
			max_wal_senders = 20
			max_worker_processes = 64
			max_replication_slots = 20
			fsync = ${TENURE_TEST_DURABLE:+on}${TENURE_TEST_DURABLE:-off}
			shared_buffers = 64MB
			citus.node_conninfo = 'sslmode=disable'
			citus.shard_count = 8
			citus.enable_statistics_collection = off
			citus.enable_stat_counters = on
			idle_in_transaction_session_timeout = '10s'
			pg_stat_statements.track = 'all'
		CONF
		# Whoever waits for a row waits on its node, which knows nothing of the limits of the session that asks.
		[ "$node" = 0 ] || echo "lock_timeout = '2s'" >>"$dir/$node/postgresql.conf"
		sed -i 's/^fsync = on.*/fsync = on/' "$dir/$node/postgresql.conf"
	done
}

resume() {
	local dir=$1 node=$2
	as "$bin/pg_ctl" -D "$dir/$node" -l "$dir/$node.log" -t $start_seconds_max -w start >/dev/null ||
		fail "node $node did not start, see $dir/$node.log"
}

start() {
	local dir=$1 node
	[ -s "$dir/2/PG_VERSION" ] || initialise "$dir"
	for node in $nodes; do
		as "$bin/pg_ctl" -D "$dir/$node" status >/dev/null || resume "$dir" "$node"
	done
	join "$dir"
	dsn "$dir" 0
}

# join makes the coordinator's own database know the nodes: whoever makes a database asks it for them.
join() {
	local dir=$1 node
	[ "$(ask "$dir" 0 -c "SELECT count(*) FROM pg_extension WHERE extname = 'citus'")" = 0 ] || return 0
	for node in $nodes; do
		ask "$dir" "$node" -c "CREATE EXTENSION citus"
	done
	ask "$dir" 0 -c "SELECT citus_set_coordinator_host('127.0.0.1', $(cat "$dir/0.port"))" >/dev/null
	for node in 1 2; do
		ask "$dir" 0 -c "SELECT citus_add_node('127.0.0.1', $(cat "$dir/$node.port"))" >/dev/null
	done
}

case ${1:-} in
found) config >/dev/null ;;
start | stop | kill | resume)
	[ $# -ge 2 ] || fail "usage: cluster.sh start|stop|kill|resume DIR [NODE]"
	bin=$("$(config)" --bindir)
	mkdir -p "$2"
	dir=$(cd "$2" && pwd)
	case $1 in
	start) start "$dir" ;;
	stop) for node in $nodes; do as "$bin/pg_ctl" -D "$dir/$node" -m fast -w stop >/dev/null || true; done ;;
	kill) as "$bin/pg_ctl" -D "$dir/$3" -m immediate -w stop >/dev/null ;;
	resume) resume "$dir" "$3" ;;
	esac
	;;
*) fail "usage: cluster.sh found | start|stop DIR | kill|resume DIR NODE" ;;
esac

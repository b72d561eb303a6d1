#!/usr/bin/env bash
# One Apache Kafka node (KRaft, broker and controller in one process) for tests
# on the real broker. Needs Java 17 or newer; and Maven, the first time.
#
#   kafka.sh start DIR [PORT]   start on DIR and print the bootstrap address
#   kafka.sh cluster DIR        start three nodes on DIR/1, DIR/2 and DIR/3 and print their addresses;
#                               each of the verbs here takes a node's folder, all but this one and start also DIR
#   kafka.sh stop DIR           stop cleanly; the data stays
#   kafka.sh restart DIR        stop, then start on the same port
#   kafka.sh kill DIR           kill -9, as a crash; start continues from there
#   kafka.sh fetch              only fetch the jars; fails where Java or they cannot be had
#   kafka.sh sums               print checksums of the jars, for jars.sha256
#   kafka.sh scram DIR          print the address that asks for SCRAM (users: none, until one is made)
#
# DIR gets kafka.pid, kafka.log, server.properties and data. The jars are kept
# in ${TENURE_CACHE:-$HOME/.cache/tenure}/kafka-VERSION.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$here/pom.xml")
java_min=17
heap=${TENURE_KAFKA_HEAP:-512m}
cluster_heap=${TENURE_KAFKA_HEAP:-256m}
cluster_nodes="1 2 3"
start_seconds_max=180
cluster_start_seconds_max=600 # a node that was killed reads its log again while a busy machine does other things
stop_seconds_max=30

say() { printf 'kafka: %s\n' "$*" >&2; }
fail() {
	say "$*"
	exit 1
}

java_program() {
	local java=java
	if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ]; then
		java=$JAVA_HOME/bin/java
	fi
	command -v "$java" >/dev/null || fail "Java $java_min or newer is needed, for example: apt-get install openjdk-17-jre-headless"
	local major
	major=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
	[ "${major:-0}" -ge "$java_min" ] || fail "Java $java_min or newer is needed, $java is ${major:-unknown}"
	echo "$java"
}

jars_dir() {
	local cache=${TENURE_CACHE:-}
	if [ -z "$cache" ]; then
		[ -n "${HOME:-}" ] || fail "set TENURE_CACHE or HOME: the jars are kept there"
		cache=$HOME/.cache/tenure
	fi
	echo "$cache/kafka-$version"
}

# copy_jars runs mvn on a copy of the pom: it may leave files beside it.
copy_jars() {
	local work=$1
	shift
	cp "$here/pom.xml" "$work/pom.xml"
	(cd "$work" && mvn -q -B -f pom.xml \
		org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
		-DincludeScope=runtime -DoutputDirectory="$work/jars" "$@") >"$work/mvn.log" 2>&1
}

# ensure_jars fetches once and moves the checked jars into place as a whole.
ensure_jars() {
	local jars=$1 work
	[ -d "$jars" ] && return
	command -v mvn >/dev/null || fail "Maven is needed to fetch Kafka $version once, for example: apt-get install maven"
	say "fetching Apache Kafka $version into $jars"
	mkdir -p "$(dirname "$jars")"
	work=$(mktemp -d "$jars.fetching.XXXXXX")
	# The second try is for a user whose home cannot be written.
	if ! copy_jars "$work" && ! copy_jars "$work" -Dmaven.repo.local="$work/repository"; then
		tail -n 20 "$work/mvn.log" >&2
		rm -rf "$work"
		fail "Maven could not fetch Kafka $version; is it set up for your mirror? TENURE_KAFKA_BROKERS names a broker of yours instead"
	fi
	if [ -z "${KAFKA_SH_UNCHECKED:-}" ] && ! (cd "$work/jars" && sha256sum --quiet --strict -c "$here/jars.sha256") >&2; then
		rm -rf "$work"
		fail "the fetched jars are not the pinned ones"
	fi
	mv -T "$work/jars" "$jars" 2>/dev/null || [ -d "$jars" ] || fail "cannot write $jars"
	rm -rf "$work"
}

sums() {
	local cache
	cache=$(mktemp -d)
	TENURE_CACHE=$cache KAFKA_SH_UNCHECKED=1 "$here/kafka.sh" fetch
	(cd "$cache/kafka-$version" && sha256sum -- *.jar)
	rm -rf "$cache"
}

# await_free waits for a port that a node has left which was killed: on a busy
# machine the system takes its time to close it.
await_free() {
	local deadline=$((SECONDS + stop_seconds_max))
	while port_open "$1"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.1
	done
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port picks below the range from which the system takes the ports of
# outgoing connections, which could otherwise take it before the broker does.
free_port() {
	local port try
	for try in $(seq 100); do
		port=$((15000 + RANDOM % 15000))
		port_open "$port" || {
			echo "$port"
			return
		}
	done
	fail "no free port found"
}

# pid_of prints the id of DIR's node if it runs. The command line is compared,
# as the number alone may belong to another process by now.
pid_of() {
	local dir=$1 pid
	[ -f "$dir/kafka.pid" ] || return 1
	pid=$(cat "$dir/kafka.pid")
	ps -o args= -p "$pid" 2>/dev/null | grep -qF -- "$dir/server.properties" || return 1
	echo "$pid"
}

write_properties() {
	local dir=$1 port=$2 controller=$3 scram=$4
	local id=1 replicas=1 insync=1 session=3000 quorum="controller.quorum.bootstrap.servers=127.0.0.1:$controller"
	if [ -f "$dir/member" ]; then # of a cluster: its number and all controllers
		local voters
		read -r id voters _ <"$dir/member"
		replicas=3 insync=2 session=9000 quorum="controller.quorum.voters=$voters"
	fi
	cat >"$dir/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=$id
listeners=CLIENTS://127.0.0.1:$port,SCRAM://127.0.0.1:$scram,CONTROLLER://127.0.0.1:$controller
advertised.listeners=CLIENTS://127.0.0.1:$port,SCRAM://127.0.0.1:$scram
listener.security.protocol.map=CLIENTS:PLAINTEXT,SCRAM:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
# A second address that asks who is there; its users are made through the first one.
sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512
listener.name.scram.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.scram.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
inter.broker.listener.name=CLIENTS
controller.listener.names=CONTROLLER
$quorum
log.dirs=$dir/data
# Topics are part of the set-up: a misspelt name must fail, not appear.
auto.create.topics.enable=false
# Rules of access can be made and looked at; whoever connects here, without a name, may do everything.
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
# As many replicas as there are nodes. Few partitions start and stop faster.
default.replication.factor=$replicas
min.insync.replicas=$insync
offsets.topic.replication.factor=$replicas
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=$insync
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=$replicas
share.coordinator.state.topic.min.isr=$insync
share.coordinator.state.topic.num.partitions=4
# Tests form groups all the time and have consumers die.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
# After a kill the node waits for its own old session to end (default 9 s, which a cluster on a busy machine needs).
broker.session.timeout.ms=$session
broker.heartbeat.interval.ms=500
# A node that does not find the others within this time ends (default 60 s).
initial.broker.registration.timeout.ms=600000
# The default would take a quarter of the heap.
log.cleaner.dedupe.buffer.size=33554432
num.network.threads=2
num.io.threads=4
PROPERTIES
}

# java_command sets the array "command" to the start of any call of Java.
java_command() {
	local jars=$1
	command=("$java" -Xms"$heap" -Xmx"$heap" -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true
		-Dlog4j2.configurationFile="$here/log4j2.properties" -cp "$jars/*")
}

format() {
	local dir=$1 jars=$2 id
	[ -f "$dir/data/meta.properties" ] && return
	# A cluster id is 16 bytes in base64url; the T keeps it from looking like an option.
	id=T$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 1-20)w
	local alone=--standalone member
	if [ -f "$dir/member" ]; then
		read -r member _ id <"$dir/member"
		alone=
	fi
	java_command "$jars"
	# shellcheck disable=SC2086 # no word where it is not alone
	"${command[@]}" kafka.tools.StorageTool format $alone --cluster-id "$id" \
		--config "$dir/server.properties" >"$dir/format.log" 2>&1 ||
		{
			tail -n 20 "$dir/format.log" >&2
			fail "formatting $dir/data failed"
		}
}

# await_ready needs both: the port opens before the node has joined itself.
await_ready() {
	local dir=$1 port=$2 deadline=$((SECONDS + start_seconds_max))
	while [ "$SECONDS" -lt "$deadline" ]; do
		if grep -q 'Kafka Server started' "$dir/kafka.log" && port_open "$port"; then
			return
		fi
		pid_of "$dir" >/dev/null || return 1
		sleep 0.1
	done
	return 1
}

# ports_for prints client, controller and SCRAM port: those asked for, those of
# the last start, or free ones.
ports_for() {
	local dir=$1 asked=$2 port controller scram
	read -r port controller scram 2>/dev/null <"$dir/ports" || true
	[ "$asked" = 0 ] || port=$asked
	[ -n "${port:-}" ] || port=$(free_port)
	while [ -z "${controller:-}" ] || [ "$controller" = "$port" ]; do
		controller=$(free_port)
	done
	while [ -z "${scram:-}" ] || [ "$scram" = "$port" ] || [ "$scram" = "$controller" ]; do
		scram=$(free_port)
	done
	echo "$port $controller $scram" | tee "$dir/ports"
}

start() {
	local dir=$1
	prepare "$dir" "${2:-0}"
	dir=$(cd "$dir" && pwd)
	await "$dir"
}

# prepare launches a node; await waits for it and prints its address.
prepare() {
	local dir=$1 jars port controller scram
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	[ ! -f "$dir/member" ] || heap=$cluster_heap start_seconds_max=$cluster_start_seconds_max
	java=$(java_program)
	if pid_of "$dir" >/dev/null; then
		fail "already running on $dir; stop it first"
	fi
	jars=$(jars_dir)
	ensure_jars "$jars"
	read -r port controller scram <<<"$(ports_for "$dir" "${2:-0}")"
	for taken in "$port" "$controller" "$scram"; do
		await_free "$taken" || fail "port $taken is taken; name another or remove $dir/ports"
	done
	write_properties "$dir" "$port" "$controller" "$scram"
	format "$dir" "$jars"
	[ ! -f "$dir/kafka.log" ] || mv "$dir/kafka.log" "$dir/kafka.log.old"
	: >"$dir/kafka.log"
	launch "$dir" "$jars"
}

await() {
	local dir=$1 port
	[ ! -f "$dir/member" ] || start_seconds_max=$cluster_start_seconds_max
	read -r port _ <"$dir/ports"
	if ! await_ready "$dir" "$port"; then
		tail -n 20 "$dir/kafka.log" >&2
		end "$dir" KILL
		fail "not ready within $start_seconds_max s; see $dir/kafka.log"
	fi
	echo "127.0.0.1:$port"
}

# cluster starts three nodes that are brokers and controllers. They need each other to become ready.
cluster() {
	local dir=$1 node id voters= address addresses=
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	id=T$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 1-20)w
	for node in $cluster_nodes; do
		mkdir -p "$dir/$node"
		ports_for "$dir/$node" 0 >/dev/null
		voters=${voters:+$voters,}$node@127.0.0.1:$(cut -d ' ' -f 2 "$dir/$node/ports")
	done
	for node in $cluster_nodes; do
		[ -f "$dir/$node/member" ] || echo "$node $voters $id" >"$dir/$node/member"
		prepare "$dir/$node" 0
	done
	for node in $cluster_nodes; do
		address=$(await "$dir/$node")
		addresses=${addresses:+$addresses,}$address
	done
	echo "$addresses"
}

# each does something to a node, or to all nodes of a cluster.
each() {
	local dir=$1 node
	shift
	if [ ! -f "$dir/1/member" ]; then
		"$@" "$dir"
		return
	fi
	for node in $cluster_nodes; do
		"$@" "$dir/$node"
	done
}

terminate() { end "$1" TERM; }
crash() { end "$1" KILL; }

# launch leaves the node running after this script, in a separate session.
launch() {
	local dir=$1 jars=$2 detach=setsid
	command -v setsid >/dev/null || detach=nohup
	java_command "$jars"
	$detach "${command[@]}" kafka.Kafka "$dir/server.properties" </dev/null >>"$dir/kafka.log" 2>&1 &
	echo $! >"$dir/kafka.pid"
	# Until the new program runs, its command line is still this script's.
	local try
	for try in $(seq 50); do
		pid_of "$dir" >/dev/null && return
		sleep 0.05
	done
	fail "the node did not start; see $dir/kafka.log"
}

# end sends a signal and waits for the end; a clean stop that takes too long
# becomes a kill.
end() {
	local dir=$1 signal=$2 pid deadline=$((SECONDS + stop_seconds_max))
	if ! pid=$(pid_of "$dir"); then
		rm -f "$dir/kafka.pid"
		return
	fi
	kill -s "$signal" "$pid"
	while pid_of "$dir" >/dev/null; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			say "does not stop within $stop_seconds_max s: killing it"
			kill -s KILL "$pid" 2>/dev/null || true
			deadline=$((SECONDS + stop_seconds_max))
		fi
		sleep 0.05
	done
	rm -f "$dir/kafka.pid"
}

existing() {
	[ -n "${1:-}" ] || usage
	[ -d "$1" ] || fail "$1 does not exist"
	(cd "$1" && pwd)
}

usage() {
	sed -n '5,13s/^# *//p' "$here/kafka.sh" >&2
	exit 2
}

case "${1:-}" in
start)
	[ -n "${2:-}" ] || usage
	start "$2" "${3:-0}"
	;;
cluster)
	[ -n "${2:-}" ] || usage
	cluster "$2"
	;;
stop)
	dir=$(existing "${2:-}")
	each "$dir" terminate
	;;
kill)
	dir=$(existing "${2:-}")
	each "$dir" crash
	;;
restart)
	dir=$(existing "${2:-}")
	end "$dir" TERM
	start "$dir" 0
	;;
fetch)
	java_program >/dev/null
	jars=$(jars_dir)
	ensure_jars "$jars"
	;;
sums) sums ;;
scram)
	dir=$(existing "${2:-}")
	read -r _ _ scram <"$dir/ports"
	echo "127.0.0.1:$scram"
	;;
*) usage ;;
esac

package embedded

import (
	"maps"
	"slices"
	"strconv"

	"tenure/internal/memory"
)

// baseSettings fit Tenure's load: short transactions that append in batches,
// a handful of connections per process, everything on one machine.
var baseSettings = map[string]string{
	// Only this machine may connect; no socket directory is needed then.
	"listen_addresses":        "127.0.0.1",
	"unix_socket_directories": "",
	"max_connections":         "200",

	"work_mem":             "16MB",
	"maintenance_work_mem": "128MB",

	// Append-heavy: few, long checkpoints, because each one makes the first
	// change of every page write the whole page to the WAL.
	"max_wal_size":                 "4GB",
	"checkpoint_timeout":           "15min",
	"checkpoint_completion_target": "0.9",
	// Nothing replicates from this server.
	"wal_level":       "minimal",
	"max_wal_senders": "0",

	// Batches are short: compiling a plan costs more than it saves, and
	// parallel workers need more shared memory than a container may grant.
	"jit":                             "off",
	"max_parallel_workers_per_gather": "0",
	"random_page_cost":                "1.1",

	// Shard heads and checkpoints are updated all the time: vacuum them often. What is counted of a table changes no plan
	// before it is half as large again, and counting takes a fifth of a second of a processor however large it is: at a
	// twentieth, five large tables had that at every look.
	"autovacuum_naptime":              "10s",
	"autovacuum_vacuum_scale_factor":  "0.05",
	"autovacuum_analyze_scale_factor": "0.5",

	"timezone":            "UTC",
	"log_timezone":        "UTC",
	"password_encryption": "scram-sha-256",

	// No payload, name or number in a log: neither statements nor the DETAIL
	// of an error, which quotes the failing row.
	"log_min_messages":        "warning",
	"log_min_error_statement": "panic",
	"log_error_verbosity":     "terse",
	"log_checkpoints":         "off",
	"logging_collector":       "off",
}

const (
	// buffersPart of the memory there is holds the server's pages, as its manual proposes for a machine that serves a
	// database (PostgreSQL, "Resource Consumption", shared_buffers), within bounds: beside it run Tenure and the rest of a
	// person's machine, and above what the indexes of some million employees need it gains little. What does not fit is
	// written and read again in the middle of statements: at 256 MB that was an eighth of the server's processor time for
	// 400 000 commands. A page takes memory once it is used.
	buffersPart              = 4
	buffersLeast, buffersMax = 128 << 20, 2 << 30
	// buffersEphemeral is for data of which there is little.
	buffersEphemeral = 256 << 20
)

// sharedBuffers is the setting for a durable server beside so much memory, if that is known.
func sharedBuffers(total int64, known bool) int64 {
	if !known {
		return buffersEphemeral
	}
	return min(max(total/buffersPart, buffersLeast), buffersMax)
}

// durableSettings keep every acknowledged commit through a power cut.
var durableSettings = map[string]string{
	"fsync":              "on",
	"synchronous_commit": "on",
	"full_page_writes":   "on",
	"min_wal_size":       "512MB",
}

// ephemeralSettings are for data that may go with the machine, but not with a
// process: a commit is written before it is acknowledged, just not flushed.
// synchronous_commit=off would gain little more and lose commits at a kill,
// which tests of kills would then report.
var ephemeralSettings = map[string]string{
	"fsync":              "off",
	"synchronous_commit": "on",
	"full_page_writes":   "off",
	"wal_compression":    "off", // it would compress the pages left out above
}

// serverSettings merges the settings of a start; later ones win, the caller's
// last.
func serverSettings(ephemeral bool, port int, overrides map[string]string) map[string]string {
	settings := maps.Clone(baseSettings)
	buffers := int64(buffersEphemeral)
	if ephemeral {
		maps.Copy(settings, ephemeralSettings)
	} else {
		maps.Copy(settings, durableSettings)
		buffers = sharedBuffers(memory.Total())
	}
	settings["shared_buffers"] = strconv.FormatInt(buffers>>20, 10) + "MB"
	settings["port"] = strconv.Itoa(port)
	maps.Copy(settings, overrides)
	return settings
}

// settingFlags renders settings as server arguments, in a stable order.
func settingFlags(settings map[string]string) []string {
	flags := make([]string, 0, 2*len(settings))
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		flags = append(flags, "-c", name+"="+settings[name])
	}
	return flags
}

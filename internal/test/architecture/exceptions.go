package architecture

// exceptionsFile is where a finding about an exception points to.
const exceptionsFile = "internal/test/architecture/exceptions.go"

// exceptions says which place may break which rule, and why: rule -> place -> reason. A place is a file
// ("events/codec.go"), one name in it ("events/codec.go#Decode") or a folder with everything below it ("bench/").
// An entry without a reason fails, and so does one that excuses nothing any more.
var exceptions = map[string]map[string]string{
	"import-home": {
		"internal/embedded/broker_test.go": "shows that the client of production works with the embedded broker: " +
			"through internal/bus it would test the bus",
	},
	"plain-words": {
		"internal/test/architecture/vocabulary.go":  "the list of refused words itself",
		"internal/test/architecture/places_test.go": "a row that shows a refused phrase",
		"internal/console/templates/shell.html":     "what operators call a system on a simulated clock",
	},
	"dead-export": {
		"internal/signing/":            "errors that say which check a proof failed: for errors.Is of callers to come",
		"projections/fold.go#Fold":     "for who compares texts as the directory does",
		"internal/test/architecture/":  "its tests are its only callers: the package is read as a list of rules",
		"domain/halt.go#Halt":          aState,
		"domain/repair.go#Repairs":     aState,
		"domain/run_shard.go#RunShard": aState,
	},
	"log-key": {
		"internal/node/tls.go": "a choice of words, and no log line",
	},
	"package-doc": {
		"examples/signing/": "one file, to be copied whole",
	},
	"parameters": {
		"domain/validate_parts.go#ids":            "a check, its bounds and its words: a table has one a line",
		"internal/bus/fetch.go#deliver":           "what one reading needs at each block",
		"internal/store/compare_test.go#billedBy": builder,
		"scheduler/bounds.go#change":              "a bound's name and its four figures",
	},
}

// Reasons that several places share.
const (
	aState  = "the state of a kind of stream, exported as all of them are: Subject hands it out"
	builder = "builds one row of a table of a test, column by column"
)

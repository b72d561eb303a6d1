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
		"internal/test/architecture/vocabulary.go": "the list of refused words itself",
	},
	"dead-export": {
		"internal/test/architecture/": "its tests are its only callers: the package is read as a list of rules",
	},
}

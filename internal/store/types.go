package store

import (
	"bytes"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"tenure/billing"
)

// ShardID numbers a shard: family * 1024 + partition, so that it fits into an employee's number.
type ShardID int32

// Claim is one owner's right to write to a shard, as of its last write. It is not safe for concurrent use: a shard has
// one writer, and that writer one goroutine.
type Claim struct {
	Shard        ShardID
	Epoch        int64
	NextOffset   int64
	Head         int64
	OutcomesHead int64
	LastNumber   int64
	DecidedAt    time.Time
	Chain        []byte // hash of the last event
	OutcomeChain []byte // hash of the last outcome
	LastRecord   []byte
	Counts       []int32 // partitions that the topic has had since it grew first, and has, the smallest first
	GrownEnd     int64   // offset behind what was sent before it had the last of them

	row *string // where the shard's row is, see sqlFence; nil: not known
}

// Same reports whether two claims are the same one as of the same write.
func (c *Claim) Same(o *Claim) bool {
	return c.Shard == o.Shard && c.Epoch == o.Epoch && c.NextOffset == o.NextOffset && c.Head == o.Head &&
		c.OutcomesHead == o.OutcomesHead && bytes.Equal(c.Chain, o.Chain) && bytes.Equal(c.OutcomeChain, o.OutcomeChain)
}

// Matches reports whether a shard's row is what the claim left there: nobody else owns the shard, and nothing was lost.
func (c *Claim) Matches(h Head) bool {
	return c.Epoch == h.Epoch && c.NextOffset == h.NextOffset && c.Head == h.Head && c.OutcomesHead == h.OutcomesHead &&
		bytes.Equal(c.Chain, h.Chain) && bytes.Equal(c.OutcomeChain, h.OutcomeChain)
}

// Topic is what a shard remembers of its topic; a difference stops the shard.
type Topic struct {
	Name       string
	Partition  int32
	ID         string
	Partitions int32
	Oldest     int64 // first offset still on the broker
	Newest     int64 // offset the next message will get
}

// Event is one event as it is stored.
type Event struct {
	Shard     ShardID
	Position  int64 // set by Write
	Stream    string
	Version   int32
	Type      string
	At        time.Time
	CommandID string
	RunID     string
	Actor     []byte
	Payload   []byte
	Chain     []byte // set by Write
	// ContentID says that the event's id derives from its content, which those of older builds do not; set by reads and
	// Write.
	ContentID bool
}

// Subject is the latest state of a stream.
type Subject struct {
	Shard   ShardID // where it is; only of Read
	Stored  bool    // there is a row of it, as reads of it say
	Stream  string
	Version int32
	NextDue time.Time    // zero: never
	BillDue billing.Date // zero: never
	Parked  bool
	State   []byte
	Added   []Range // days newly covered, see Days; only for Write
	Removed []Range // days no longer covered; only for Write
}

// Range is a half-open range of covered days of one slot, as Days makes it.
type Range struct{ From, To int64 }

// Outcome is one answer to a command.
type Outcome struct {
	Shard     ShardID
	Sequence  int64     // set by Write
	Command   uuid.UUID // hash of (stream, command id), see CommandKey
	Stream    string
	CommandID string
	Content   []byte // hash of type and value
	Final     bool
	At        time.Time
	Answer    []byte // JSON
	Chain     []byte // hash of the outcome and of the one before it in the shard; set by Write
}

// DeadLetter reports whether it is the notice of a parked message instead of an answer to a command: then Answer is a
// contract.DeadLetter. Such notices are published by the relay of outcomes, in the same order.
func (o *Outcome) DeadLetter() bool { return o.CommandID == "" }

// Parked is a message that could not be applied, kept as it came.
type Parked struct {
	Topic     string
	Partition int32
	Offset    int64
	Shard     ShardID
	Stream    string
	CommandID string
	Reason    string
	Detail    string
	Key       []byte
	Value     []byte
	Headers   []byte // JSON
	At        time.Time
	State     string
	Holds     bool // it is part of the queue of its stream: nothing later overtakes it
	// What an operator put in the message's place; all nil when none did. The message itself stays as it came.
	EditedKey, EditedValue, EditedHeaders []byte
	Sequence                              int64     // the order of parking; set by the database
	ParkedAt                              time.Time // real time; set by the database
}

// Read asks for what a batch of commands needs, in one round trip.
type Read struct {
	Shard    ShardID     // of the commands and streams
	Commands []uuid.UUID // keys of the commands whose outcome may be known
	Streams  []string
}

// Known is the answer to Read. Missing entries do not exist in the shard.
type Known struct {
	Outcomes map[uuid.UUID]Outcome // final ones only
	Subjects map[string]Subject
	Catalog  Place     // its newest version
	Now      time.Time // the database's clock
	Clock    time.Time // the simulated clock; zero: there is none

	InvoicingHalted, DeletionsHalted bool // an operator has stopped it
}

// Write is all that one batch changes: it commits whole or not at all.
type Write struct {
	NextOffset     int64     // claim's next offset afterwards; unchanged for ticks and chunks
	DecidedAt      time.Time // claim's time afterwards
	LastNumber     int64     // claim's counter afterwards
	LastRecord     []byte    // hash of the last record taken
	CatalogVersion int64     // the catalogue's head must still be this; -1: not compared
	CatalogChain   []byte    // and its hash this; nil: not compared
	Events         []Event
	Subjects       []Subject
	Outcomes       []Outcome
	Parked         []Parked
	OpenRuns       []RunShard // inserted unless they exist
	// DueBy makes every employee of the shard that is due later due by the day: another policy begins to hold.
	DueBy     billing.Date
	Freed     []Login   // given back by their streams, see ReserveLogins
	Rewritten []Subject // states that take the place of what is stored, see queueRewritten
	Repair    *RepairStep
	Chunk     *Chunk
	Halts     []Halt         // set or lifted
	Abandoned []AbandonedRun // ended in all their shards
	Deletes   bool           // refused while deletions are halted
	RunStep   bool           // refused while invoicing is halted, as a chunk is
	RunsSeen  []RunSeen      // refused when the runs' tables have moved on
}

// RunShard is a run inside one shard.
type RunShard struct {
	Run          string
	Shard        ShardID
	BusinessDate billing.Date
	Manifest     []byte
	State        string
	CursorDue    billing.Date
	CursorStream string
	Examined     int64
	Billed       int64
	NotBilled    int64
	FirstPos     int64
	LastPos      int64
}

// Chunk is one step of a run inside a shard.
type Chunk struct {
	Run          string
	CursorDue    billing.Date
	CursorStream string
	Examined     int64 // in this chunk
	Billed       int64
	NotBilled    int64
	Done         bool      // its last event ends the run in the shard
	Totals       []Total   // of this chunk; added to what is there
	Products     []Product // the same lines by product
	Reasons      []Reason  // why an employee was not billed
}

// Total is what was billed for one document.
type Total struct {
	Run         string
	Shard       ShardID
	DocumentRef string
	Ledger      string
	BillTo      string
	Currency    string
	Lines       int64
	Amount      decimal.Decimal
	Charges     decimal.Decimal // of the amount; only of Write and DocumentTotals
	Hash        uuid.UUID       // XOR of the line ids
	// ChargesKnown says that all runs of it kept their charges; only of DocumentTotals.
	ChargesKnown bool
}

// Product is what was billed of one product.
type Product struct {
	Ledger   string
	Currency string
	Product  string
	Lines    int64
	Amount   decimal.Decimal
}

// Reason says why a due employee was not billed in a run.
type Reason struct {
	Stream string
	Reason string
	Detail string
}

package domain

import (
	"regexp"
	"strings"
)

// The longest texts that a command may bring: what is longer is no name, title or note but a mistake, and what is
// decided must fit a message. Every text has one of these, or the bounds of its form, as logins and secrets have; a
// test of package schemas tries each text of each command.
// In characters, but for those that say bytes.
const (
	idLength = 24 // of employees, customers, resellers, products, addons, extensions and accounts
	// itemIDMax bounds the id of what a command is about: logs of before have ids of other forms than idLength.
	itemIDMax = 200
	nameMax   = 200
	notesMax  = 10_000
	urlMax    = 2_000
	// presenceTextMax bounds a location and a message of a presence.
	presenceTextMax = 1_000
	apiEndpointMax  = 500 // what a regular expression compiles to is bounded by PatternSizeMax
	ms365IDMax      = 200
	customBytesMax  = 4 << 10 // published
	// reasonBytesMax bounds the reason that an operator gives: some sentences, not a report.
	reasonBytesMax = 1000
	// workReasonBytesMax bounds a reason: some sentences, which stand in each line.
	workReasonBytesMax = 500
	// refusalBytesMax bounds a reason: a sentence for an operator, not a trace.
	refusalBytesMax = 500
	// integrationMax bounds a name, in bytes: it is a word.
	integrationMax = 64
	// invoiceNumberMax bounds a number, in characters: a line of a bank's transfer takes more.
	invoiceNumberMax = 64
	// paymentIDMax bounds the id that an accounting system gives a payment.
	paymentIDMax = 100
	// runBytesMax bounds the name of a run: its kind and its business date.
	runBytesMax = 64
	// addressPartMax bounds each line of an address, and its zip code.
	addressPartMax = 500

	// quoteBytesMax bounds what a rejection quotes of its input: an outcome has to fit a message whatever was sent.
	quoteBytesMax = 64
	// messageBytesMax bounds what a rejection says. What encoding/json and others say may quote as well.
	messageBytesMax = 1_000
)

// quoteOf is as much of an input as a rejection quotes.
func quoteOf(input string) string { return shortened(input, quoteBytesMax) }

// quotedText is what an error may quote: a text in double quotes, or a word.
var quotedText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\S+`)

// wordsOf is what an error of another package says, with as much of each quote as a rejection has.
func wordsOf(err error) string { return quotedText.ReplaceAllStringFunc(err.Error(), quoteOf) }

// shortened is the beginning of a text.
func shortened(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	return strings.ToValidUTF8(text[:bytes], "") + "…"
}

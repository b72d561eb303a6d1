package billing

// messageWire is a line as others read it: [Line.AppendShown] writes it.
type messageWire struct {
	lineWire
	Shown
}

// WireForm gives an empty line in the form in which lines are published as JSON,
// so that the contract is made from what writes them.
func WireForm() any { return messageWire{} }

package billing

// WireForm gives an empty line in the form in which lines are written as JSON, so that the published contract is made from
// what writes them.
func WireForm() any { return lineWire{} }

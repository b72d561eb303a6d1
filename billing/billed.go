package billing

// Billed is what has been billed for one account.
type Billed struct{}

// Apply folds a line.
func (b *Billed) Apply(l Line) {}

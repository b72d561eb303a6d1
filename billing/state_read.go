package billing

// Timeline reads a timeline of texts.
func (r *StateReader) Timeline() Timeline[string] { return readTimeline(r, (*StateReader).Text) }

func readTimeline[T any](r *StateReader, value func(*StateReader) T) Timeline[T] {
	if !r.List() {
		return nil
	}
	t := make(Timeline[T], 0, 1)
	for r.Item() {
		var e Effective[T]
		for r.Object(); ; {
			key, ok := r.Key()
			if !ok {
				break
			}
			switch string(key) {
			case "from":
				e.From = r.Date()
			case "value":
				e.Value = value(r)
			default:
				r.Fail()
			}
		}
		t = append(t, e)
	}
	return t
}

func (r *StateReader) amountOrNull() *Amount {
	if r.Null() {
		return nil
	}
	a := r.Amount()
	return &a
}

// Sources reads what is billed over time.
func (r *StateReader) Sources() []Source {
	if !r.List() {
		return nil
	}
	all := []Source{}
	for r.Item() {
		all = append(all, Source{})
		all[len(all)-1].readState(r)
	}
	return all
}

func (s *Source) readState(r *StateReader) {
	for r.Object(); ; {
		key, ok := r.Key()
		if !ok {
			return
		}
		switch string(key) {
		case "ID":
			s.ID = r.Text()
		case "Products":
			s.Products = r.Timeline()
		case "Start":
			s.Start = r.Date()
		case "Terminate":
			s.Terminate = r.Date()
		case "Units":
			s.Units = readTimeline(r, (*StateReader).Amount)
		case "UnitPrice":
			s.UnitPrice = readTimeline(r, (*StateReader).amountOrNull)
		case "InvoicedUntil":
			s.InvoicedUntil = r.Date()
		case "InvoicedFrom":
			s.InvoicedFrom = r.Date()
		default:
			s.readRare(r, key)
		}
	}
}

// readRare reads what few sources have.
func (s *Source) readRare(r *StateReader, key []byte) {
	switch string(key) {
	case "InvoicedUnits":
		s.InvoicedUnits = r.amountOrNull()
	case "InvoicedPayer":
		s.InvoicedPayer = r.Text()
	case "Before":
		s.Before = r.Sources()
	default:
		r.Fail()
	}
}

// ReadState reads what has been billed.
func (b *Billed) ReadState(r *StateReader) {
	for r.Object(); ; {
		key, ok := r.Key()
		if !ok {
			return
		}
		switch string(key) {
		case "b":
			b.Blocks = r.blocks()
		case "x":
			r.Other(&b.Spent)
		case "w":
			r.Other(&b.Waived)
		default:
			r.Fail()
		}
	}
}

// blocksUsual is how many blocks most employees have at most.
const blocksUsual = 6

func (r *StateReader) blocks() []Block {
	if !r.List() {
		return nil
	}
	all := make([]Block, 0, blocksUsual)
	before := &Block{}
	for r.Item() {
		all = append(all, Block{})
		block := &all[len(all)-1]
		block.readState(r, before)
		before = block
	}
	return all
}

// readState reads a block; what is the same as in the one before it is kept once.
func (e *Block) readState(r *StateReader, before *Block) {
	for r.Object(); ; {
		key, ok := r.Key()
		if !ok {
			return
		}
		switch string(key) {
		case "s":
			e.Source = r.Like(before.Source)
		case "l":
			e.Ledger = r.ledger()
		case "p":
			e.Product = r.Like(before.Product)
		case "b":
			e.BillTo = r.Like(before.BillTo)
		case "f":
			e.From = r.Date()
		case "t":
			e.To = r.Date()
		case "u":
			e.Units = r.Amount()
		case "c":
			e.Price = r.Amount()
		case "n":
			e.Net = r.Amount()
		default:
			e.readTerms(r, before, key)
		}
	}
}

// readTerms reads what a line's terms are besides units and price.
func (e *Block) readTerms(r *StateReader, before *Block, key []byte) {
	switch string(key) {
	case "o":
		e.Override = r.True()
	case "w":
		e.PriceFrom = r.Text()
	case "e":
		e.Currency = r.Like(before.Currency)
	case "g":
		e.Given = r.Amount()
	case "m":
		e.Recurrence = Recurrence(r.Like(string(before.Recurrence)))
	case "a":
		r.Other(&e.Anchor)
	case "q":
		e.Policy = r.Date()
	case "y":
		e.FullMonth = r.True()
	default:
		e.readRest(r, key)
	}
}

func (e *Block) readRest(r *StateReader, key []byte) {
	switch string(key) {
	case "r":
		e.Revision = int(r.Int())
	case "x":
		e.Repeat = r.True()
	case "h":
		r.Other(&e.Holes)
	default:
		r.Fail()
	}
}

// ledger is one of the ledgers that there are.
func (r *StateReader) ledger() Ledger {
	raw, ok := r.simple()
	switch string(raw) {
	case string(Customer):
		return Customer
	case string(Reseller):
		return Reseller
	}
	r.bad = r.bad || !ok
	return Ledger(raw)
}

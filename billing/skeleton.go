package billing

// Due computes what is due for the account by the day asOf.
func (a *Account) Due(c Catalog, p *Policy, asOf Date) (Due, error) { return Due{}, nil }

// NextDue is the next day on which Due would emit something.
func (a *Account) NextDue(c Catalog, p *Policy, asOf Date) Date { return 0 }

package api

import (
	"tenure/events"
)

// addresses gives a customer's addresses as they are published, by id, and under the empty id the primary one.
func (h *handler) addresses(customer string) addresses {
	known, _ := h.catalog().Customer(customer)
	list := make(addresses, len(known.Addresses)+1)
	for _, a := range known.Addresses {
		raw := encoded(publishedAddress{Address: a, Primary: a.Primary})
		list[a.ID] = raw
		if a.Primary {
			list[""] = raw
		}
	}
	return list
}

// publishedAddress has primary also where it is false.
type publishedAddress struct {
	events.Address
	Primary bool `json:"primary"`
}

package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"tenure/domain"
	"tenure/events"
)

// caller finds out who calls: a token as Authorization: Bearer or as X-API-Key.
func (h handler) caller(r *http.Request) (events.Actor, *domain.Rejection) {
	token := r.Header.Get("X-API-Key")
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, rest, _ := strings.Cut(header, " ")
		if token = strings.TrimSpace(rest); !strings.EqualFold(scheme, "Bearer") || token == "" {
			return events.Actor{}, errFormat
		}
	}
	if token == "" {
		return events.Actor{}, errCredentials
	}
	rights, ok, err := h.tokens.Rights(r.Context(), token)
	switch {
	case errors.Is(err, ErrTokenExpired):
		return rights, errExpired
	case err != nil:
		h.Log.Error("api: finding out who calls", "error", err)
		return rights, errInternal
	case !ok:
		return rights, errToken
	}
	return rights, nil
}

// The levels that may read employees, by how far they see.
var (
	seesCustomer = []string{"VIEWER", "MANAGER", "OWNER"}
	seesAll      = []string{"RESELLER_ADMIN", "ADMIN"}
)

// refusalToRead says why a caller may not read an employee of a customer; nil: she may. Whoever has the level, but not the
// customer, is told what she would be told if the employee did not exist.
func refusalToRead(by events.Actor, customer, reseller string) *domain.Rejection {
	switch {
	case slices.Contains(seesAll, by.AccessLevel):
		return nil
	case by.AccessLevel == "RESELLER":
		if by.Reseller != "" && by.Reseller == reseller {
			return nil
		}
		return errEmployee
	case slices.Contains(seesCustomer, by.AccessLevel):
		if by.Customer != "" && by.Customer == customer {
			return nil
		}
		return errEmployee
	}
	return errAccess
}

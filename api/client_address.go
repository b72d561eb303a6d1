package api

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// forwardedFor is the header in which each proxy appends whom it forwards for.
const forwardedFor = "X-Forwarded-For"

// hopsMax bounds the proxies that are read; a longer chain is forged.
const hopsMax = 20

// callerAddress is where a request comes from: the other end of its connection, or, while that is a proxy that the
// operator trusts, whom it forwards for. What others write into the header is ignored. An invalid address matches no
// restriction.
func callerAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	end, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := end.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values(forwardedFor), ","), ",")
	for i := len(hops) - 1; i >= max(0, len(hops)-hopsMax) && isTrusted(at, trusted); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = hop.Unmap().WithZone("")
	}
	return at
}

func isTrusted(at netip.Addr, trusted []netip.Prefix) bool {
	return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(at) })
}

// addressesOf reads an employee's ipRestriction; nil: calls from anywhere. One that cannot be read becomes an address
// that no caller has.
func addressesOf(restriction string) []netip.Addr {
	if strings.TrimSpace(restriction) == "" {
		return nil
	}
	var list []netip.Addr
	for text := range strings.SplitSeq(restriction, ",") {
		at, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			return []netip.Addr{{}}
		}
		list = append(list, at.Unmap())
	}
	return list
}

package authn

import (
	"net/http"
	"net/netip"
	"strings"
)

const headerForwardedFor = "X-Forwarded-For"

// maxHops bounds how far back X-Forwarded-For is followed.
const maxHops = 32

// Address returns where r's caller is: the connection's other end, or, as far as
// configured proxies tell, who is behind them. What a caller wrote into
// X-Forwarded-For itself is never reached: from the right, the first address that
// is no proxy's is the answer. It is the zero Addr for connections without any.
func (a *Authenticator) Address(r *http.Request) netip.Addr {
	at := peer(r)
	if len(a.config.Proxies) == 0 || !a.isProxy(at) {
		return at
	}
	values := r.Header[headerForwardedFor]
	for i, hops := len(values)-1, 0; i >= 0; i-- {
		for rest, more := values[i], true; more; hops++ {
			var item string
			if comma := strings.LastIndexByte(rest, ','); comma >= 0 {
				rest, item = rest[:comma], rest[comma+1:]
			} else {
				item, more = rest, false
			}
			addr, ok := parseHop(item)
			if !ok || hops == maxHops {
				return at
			}
			if at = addr; !a.isProxy(at) {
				return at
			}
		}
	}
	return at
}

// Remote is Address for logs: as the connection has it, port included, unless a
// proxy told.
func (a *Authenticator) Remote(r *http.Request) string {
	if !a.fromProxy(r) {
		return r.RemoteAddr
	}
	return a.Address(r).String()
}

// peer returns the address of the connection's other end.
func peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// parseHop reads an address with or without port and brackets.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.Trim(text, " \t")
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
	}
	addr, err := netip.ParseAddr(text)
	return addr.Unmap().WithZone(""), err == nil
}

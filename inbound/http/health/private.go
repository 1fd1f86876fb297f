package health

import (
	"net/http"

	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/problem"
)

// whole reports whether a request may be told all there is to tell. Where several
// tenants share the gateway, how many objects there are, what fails with them and
// what the metrics count is of all of them together: that is for those who run it.
func (h *Handlers) whole(r *http.Request) bool {
	return !h.ManyTenants || exchange.ScopeOf(r.Context()).Platform()
}

func (h *Handlers) metrics(w http.ResponseWriter, r *http.Request) {
	if !h.whole(r) {
		problem.Write(w, http.StatusForbidden,
			"the metrics are of all tenants together: ask with the identity of one of those who run the gateway")
		return
	}
	h.Metrics.ServeHTTP(w, r)
}

// brief is what of a backend's standing says nothing of what is in it.
func (s standing) brief() standing {
	s.Objects, s.Refused, s.LastError, s.FeedError = map[string]int{}, 0, "", ""
	return s
}

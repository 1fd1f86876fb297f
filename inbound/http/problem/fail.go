package problem

import (
	"log/slog"
	"net/http"

	"github.com/netweave/netweave/inbound/http/exchange"
)

// Fail answers with the problem that err is, and logs an error that no port
// declares. The exchange is told of a refusal.
func Fail(w http.ResponseWriter, r *http.Request, logger *slog.Logger, err error) {
	p, known := Of(err)
	if !known {
		logger.Error("request failed", "requestId", exchange.ScopeOf(r.Context()).RequestID(),
			"method", r.Method, "path", r.URL.Path, "error", err)
	}
	if p.Status == http.StatusForbidden {
		if e := exchange.From(r.Context()); e != nil {
			e.Denied = true
		}
	}
	p.Write(w)
}

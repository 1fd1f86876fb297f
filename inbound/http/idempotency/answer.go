package idempotency

import (
	"maps"
	"net/http"

	"github.com/netweave/netweave/ports/idempotency"
)

// write sends an answer.
func write(w http.ResponseWriter, a *idempotency.Answer) {
	maps.Copy(w.Header(), a.Header)
	w.WriteHeader(a.Status)
	// An error here is the client's connection: the answer is kept for it.
	_, _ = w.Write(a.Body)
}

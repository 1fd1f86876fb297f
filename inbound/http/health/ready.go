package health

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// retryAfter is what a prober is told to wait, in seconds.
const retryAfter = 1

type readiness struct {
	Status   string     `json:"status"`
	Store    *storeInfo `json:"store,omitempty"`
	Backends []standing `json:"backends,omitzero"`
}

type storeInfo struct {
	Ready bool   `json:"ready"`
	Error string `json:"error,omitempty"`
}

type standing struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Version    string         `json:"version,omitempty"`
	State      backend.State  `json:"state"`
	Since      string         `json:"since,omitempty"`
	Synced     bool           `json:"synced"`
	Degraded   bool           `json:"degraded"`
	AgeSeconds float64        `json:"ageSeconds"`
	Restarts   int            `json:"restarts"`
	Breaker    string         `json:"breaker,omitempty"`
	Refused    uint64         `json:"refused,omitempty"`
	Objects    map[string]int `json:"objects"`
	LastError  string         `json:"lastError,omitempty"`
	FeedError  string         `json:"feedError,omitempty"`
}

func (h *Handlers) ready(w http.ResponseWriter, r *http.Request) {
	list := h.Statuses.Statuses()
	answerWith := readiness{Status: "ready", Backends: make([]standing, len(list))}
	var waiting []string
	for i := range list {
		answerWith.Backends[i] = standingOf(&list[i])
		if list[i].Degraded || list[i].State != backend.StateRunning {
			answerWith.Status = "degraded"
		}
		if !list[i].Synced && !list[i].Degraded {
			waiting = append(waiting, list[i].Name)
		}
	}
	var gone error
	if h.Store != nil {
		gone = h.Store()
		answerWith.Store = &storeInfo{Ready: gone == nil}
	}
	if !h.trusts(r) {
		h.readyBarely(w, answerWith.Status, gone)
		return
	}
	switch {
	case h.Draining():
		answerWith.Status = "draining"
		notReady(w, "the gateway is draining and will stop", answerWith)
	case gone != nil:
		answerWith.Status, answerWith.Store.Error = "storeUnavailable", gone.Error()
		notReady(w, fmt.Sprintf("the store cannot be used: %v", gone), answerWith)
	case !h.Statuses.Ready():
		answerWith.Status = "starting"
		notReady(w, fmt.Sprintf("waiting for the first read of: %s", strings.Join(waiting, ", ")), answerWith)
	default:
		answer(w, answerWith)
	}
}

// readyBarely tells whether requests should come, and nothing of why not.
func (h *Handlers) readyBarely(w http.ResponseWriter, status string, gone error) {
	if h.Draining() || gone != nil || !h.Statuses.Ready() {
		problem.Problem{Status: http.StatusServiceUnavailable, Detail: "the gateway is not ready", RetryAfter: retryAfter}.Write(w)
		return
	}
	answer(w, readiness{Status: status})
}

func notReady(w http.ResponseWriter, detail string, r readiness) {
	additional := map[string]any{"status": r.Status, "backends": r.Backends}
	if r.Store != nil {
		additional["store"] = r.Store
	}
	problem.Problem{
		Status: http.StatusServiceUnavailable, Detail: detail, RetryAfter: retryAfter,
		Additional: additional,
	}.Write(w)
}

func standingOf(s *inventory.BackendStatus) standing {
	one := standing{
		Name: s.Name, Type: s.Type, Version: s.Version, State: s.State,
		Synced: s.Synced, Degraded: s.Degraded, AgeSeconds: s.Age.Seconds(), Restarts: s.Restarts,
		Breaker: s.Breaker, Refused: s.Refused, Objects: make(map[string]int, o2.KindCount),
		LastError: s.LastError, FeedError: s.FeedError,
	}
	if !s.Synced {
		one.AgeSeconds = -1
	}
	if !s.Since.IsZero() {
		one.Since = s.Since.UTC().Format(time.RFC3339)
	}
	for _, k := range o2.InventoryKinds() {
		one.Objects[k.String()] = s.Objects[k]
	}
	return one
}

package dtias

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is something that goes wrong with requests.
type Fault struct {
	// Kind is one of the kinds below.
	Kind string `json:"kind"`
	// Method and Path narrow the fault to requests with this method, and with a
	// path that starts so after /v2; "" for any.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Times is how many requests it strikes before it is over; 0 for all.
	Times int `json:"times,omitempty"`
	// Skip is how many requests pass before the first that it strikes.
	Skip int `json:"skip,omitempty"`
	// Status, Code, Message and RetryAfter are what the kind status answers.
	Status     int    `json:"status,omitempty"`
	Code       string `json:"code,omitempty"`
	Message    string `json:"message,omitempty"`
	RetryAfter string `json:"retryAfter,omitempty"`
	// Delay is how long the kind latency waits, as in "2s".
	Delay string `json:"delay,omitempty"`
}

// The kinds of fault.
const (
	// Latency answers late.
	Latency = "latency"
	// Status answers with a status and a problem instead of doing anything.
	Status = "status"
	// Hang does what is asked and never answers.
	Hang = "hang"
	// Reset does what is asked and cuts the connection instead of answering.
	Reset = "reset"
	// Cut sends half of the answer's body and cuts the connection.
	Cut = "cut"
	// Truncate sends half of the answer's body as if it were the whole.
	Truncate = "truncate"
	// Page answers with a page for people, as a proxy's login does.
	Page = "page"
	// Echo refuses, and repeats the request's headers in its message.
	Echo = "echo"
	// ErrorField answers 200 with an Error instead of a list.
	ErrorField = "errorField"
	// ShortPage leaves out the last item of each page and counts it all the same.
	ShortPage = "shortPage"
	// RepeatPage answers with the first page whatever page was asked for.
	RepeatPage = "repeatPage"
	// NoIDs leaves the ids of servers, pools and types empty.
	NoIDs = "noIds"
	// NewIDs gives servers and pools other ids in each answer.
	NewIDs = "newIds"
	// Half lists half of the servers or pools, and counts only them.
	Half = "half"
	// NoList leaves the list out of the answer.
	NoList = "noList"
	// Forget drops the metadata of allocations and new pools.
	Forget = "forget"
)

var kinds = []string{
	Latency, Status, Hang, Reset, Cut, Truncate, Page, Echo, ErrorField, ShortPage, RepeatPage, NoIDs, NewIDs, Half, NoList, Forget,
}

func (f Fault) check() error {
	if !slices.Contains(kinds, f.Kind) {
		return fmt.Errorf("kind is %q: it must be one of %s", f.Kind, strings.Join(kinds, ", "))
	}
	if f.Kind == Status && (f.Status < 300 || f.Status > 599) {
		return fmt.Errorf("status is %d: it must be from 300 to 599", f.Status)
	}
	if f.Kind == Latency {
		if d, err := time.ParseDuration(f.Delay); err != nil || d < 0 {
			return fmt.Errorf("delay is %q: it must be a duration such as 2s", f.Delay)
		}
	}
	return nil
}

// faults are those in force.
type faults struct {
	mu       sync.Mutex
	active   []*Fault
	requests map[string]int // by method and route
	answers  int            // makes the ids of NewIDs
}

// strike returns the faults that this request meets.
func (f *faults) strike(method, path string) map[string]Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	struck := map[string]Fault{}
	for _, fault := range f.active {
		if fault.Method != "" && fault.Method != method || !strings.HasPrefix(path, fault.Path) {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			continue
		}
		struck[fault.Kind] = *fault
		if fault.Times == 1 {
			fault.Kind = ""
		}
		fault.Times--
	}
	f.active = slices.DeleteFunc(f.active, func(fault *Fault) bool { return fault.Kind == "" })
	return struck
}

func (f *faults) count(route string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests[route]++
	f.answers++
	return f.answers
}

// twist changes an answer's lists as the faults say.
func twist(struck map[string]Fault, nth int, answer any) {
	switch a := answer.(type) {
	case *poolsAnswer:
		a.Pools = twistList(struck, a.Pools, func(p *Pool) *string { return &p.ID }, nth)
		if _, ok := struck[ErrorField]; ok {
			*a = poolsAnswer{Error: &Problem{Code: "PROVISIONING_FAILED", Message: "the inventory is being rebuilt"}}
		}
	case *serversAnswer:
		if _, ok := struck[Half]; ok {
			a.Count = fmt.Sprint((len(a.Full) + 1) / 2)
		}
		a.Full = twistList(struck, a.Full, func(m *Machine) *string { return &m.ID }, nth)
		a.Brief = nil
		for _, m := range a.Full {
			a.Brief = append(a.Brief, Brief{ID: m.ID, Hostname: m.Hostname, State: m.State})
		}
		if _, ok := struck[ErrorField]; ok {
			*a = serversAnswer{Count: "0", Error: &Problem{Code: "PROVISIONING_FAILED", Message: "the inventory is being rebuilt"}}
		}
	case *typesAnswer:
		delete(struck, NewIDs)
		a.Types = twistList(struck, a.Types, func(t *Type) *string { return &t.ID }, nth)
	}
}

func twistList[T any](struck map[string]Fault, items []T, id func(*T) *string, nth int) []T {
	for i := range items {
		if _, ok := struck[NoIDs]; ok {
			*id(&items[i]) = ""
		}
		if _, ok := struck[NewIDs]; ok {
			*id(&items[i]) += fmt.Sprintf("-%d", nth)
		}
	}
	if _, ok := struck[Half]; ok {
		items = items[:(len(items)+1)/2]
	}
	if _, ok := struck[ShortPage]; ok && len(items) > 0 {
		items = items[:len(items)-1]
	}
	if _, ok := struck[NoList]; ok {
		return nil
	}
	return items
}

// control answers requests below /control.
func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /control":
		s.faults.mu.Lock()
		defer s.faults.mu.Unlock()
		reply(w, http.StatusOK, map[string]any{"faults": s.faults.active, "requests": s.faults.requests})
	case "POST /control/faults":
		var f Fault
		if err := json.NewDecoder(r.Body).Decode(&f); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := s.Break(f); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	case "DELETE /control/faults":
		s.Mend()
		w.WriteHeader(http.StatusNoContent)
	case "PUT /control/key":
		var in struct {
			APIKey string `json:"apiKey"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.APIKey == "" {
			http.Error(w, `send {"apiKey": "..."}`, http.StatusBadRequest)
			return
		}
		s.SetAPIKey(in.APIKey)
		w.WriteHeader(http.StatusNoContent)
	default:
		http.NotFound(w, r)
	}
}

package dtias

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Options fit a Server to a test. Only APIKey is mandatory.
type Options struct {
	// APIKey is what requests must carry as their bearer token.
	APIKey string
	// Provisioning is how long an allocated server takes to be ready.
	Provisioning time.Duration
	// Now is the world's clock; time.Now if nil.
	Now func() time.Time
}

// Server is an http.Handler that answers below /v2 and /control.
type Server struct {
	World  *World
	faults faults
	key    atomic.Pointer[string]
	closed chan struct{}
}

// New makes a Server and its world.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{World: newWorld(o.Now, o.Provisioning), faults: faults{requests: map[string]int{}}, closed: make(chan struct{})}
	s.SetAPIKey(o.APIKey)
	return s
}

// Close lets go of the requests that hang.
func (s *Server) Close() { close(s.closed) }

// SetAPIKey makes this the key; the one before has expired.
func (s *Server) SetAPIKey(key string) { s.key.Store(&key) }

// Break puts a fault in force beside those that are.
func (s *Server) Break(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.active = append(s.faults.active, &f)
	return nil
}

// Mend takes every fault away.
func (s *Server) Mend() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.active = nil
}

// Requests tells how many requests came for a method and a route, such as
// "GET /inventory/servers" or "PUT /resourcepools/{id}", those that met a fault
// included.
func (s *Server) Requests(route string) int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return s.faults.requests[route]
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/control" || strings.HasPrefix(r.URL.Path, "/control/") {
		s.control(w, r)
		return
	}
	route, call := match(r)
	nth := s.faults.count(route)
	struck := s.faults.strike(r.Method, strings.TrimPrefix(r.URL.Path, "/v2"))
	if s.stopped(w, r, struck) {
		return
	}
	got := r.Header.Get("Authorization")
	if subtle.ConstantTimeCompare([]byte(got), []byte("Bearer "+*s.key.Load())) != 1 {
		refuse(w, &refusal{http.StatusUnauthorized, Problem{Code: "AUTH_FAILED", Message: "the API key is unknown or has expired"}})
		return
	}
	if call == nil {
		refuse(w, &refusal{http.StatusNotFound, Problem{Code: "RESOURCE_NOT_FOUND", Message: "there is no " + r.Method + " " + r.URL.Path}})
		return
	}
	status, answer, refused := call.run(s.World, request{r, call.id, struck})
	if refused != nil {
		refuse(w, refused)
		return
	}
	twist(struck, nth, answer)
	s.answer(w, r, struck, status, answer)
}

// stopped meets the faults that come before anything is done.
func (s *Server) stopped(w http.ResponseWriter, r *http.Request, struck map[string]Fault) bool {
	if f, ok := struck[Latency]; ok {
		d, _ := time.ParseDuration(f.Delay) // checked when the fault came
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return true
		case <-s.closed:
			return true
		}
	}
	if f, ok := struck[Status]; ok {
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		refuse(w, &refusal{f.Status, Problem{Code: f.Code, Message: f.Message}})
		return true
	}
	if _, ok := struck[Echo]; ok {
		refuse(w, &refusal{http.StatusBadRequest, Problem{Code: "INVALID_REQUEST", Message: "I do not like " + r.Header.Get("Authorization"), Details: r.Header.Get("Authorization")}})
		return true
	}
	if _, ok := struck[Page]; ok {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body>Please log in</body></html>"))
		return true
	}
	return false
}

package smo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxBody is more than any notification of the test's objects has.
const maxBody = 1 << 20

// lateGrace is how long after a subscription's deletion something new may still
// be under way to its receiver: longer than any process of the test is stopped.
const lateGrace = 15 * time.Second

// Receiver is one subscriber's HTTP server. What it has taken in outlives Down,
// as a database would. All methods are safe for concurrent use.
type Receiver struct {
	name   string
	ledger *Ledger

	mu       sync.Mutex
	address  string
	server   *http.Server
	stopped  chan struct{}
	temper   func() Mood
	accounts map[string]*account
}

// account is what one subscription has told.
type account struct {
	copied  *Copy
	history []Received
	ended   time.Time
}

// NewReceiver listens on an address, such as "127.0.0.1:0"; Down ends it.
func NewReceiver(name, address string, ledger *Ledger) (*Receiver, error) {
	r := &Receiver{name: name, ledger: ledger, temper: Always(Willing), accounts: map[string]*account{}, address: address}
	return r, r.Up()
}

// Up listens again after Down, on the same port. It does nothing on a receiver
// that is up.
func (r *Receiver) Up() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server != nil {
		return nil
	}
	listener, err := net.Listen("tcp", r.address)
	if err != nil {
		return fmt.Errorf("receiver %s: %w", r.name, err)
	}
	r.address = listener.Addr().String()
	r.stopped = make(chan struct{})
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	server, stopped := r.server, r.stopped
	go func() {
		defer close(stopped)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			r.ledger.violation("receiver %s ended by itself: %v", r.name, err)
		}
	}()
	return nil
}

// Down closes the port and every connection.
func (r *Receiver) Down() error {
	r.mu.Lock()
	server, stopped := r.server, r.stopped
	r.server = nil
	r.mu.Unlock()
	if server == nil {
		return nil
	}
	err := server.Close()
	<-stopped
	return err
}

// SetTemper says how notifications are treated from now on. temper is called by
// one goroutine at a time.
func (r *Receiver) SetTemper(temper func() Mood) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.temper = temper
}

// Open makes a place for a subscription's notifications, and returns its
// callback URL. joinedLate is as for NewCopy.
func (r *Receiver) Open(place string, joinedLate bool) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.accounts[place] = &account{copied: NewCopy(joinedLate)}
	return r.url(place)
}

// URL returns the callback of a place that was opened.
func (r *Receiver) URL(place string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.url(place)
}

func (r *Receiver) url(place string) string { return "http://" + r.address + "/" + place }

// End says that the subscription of a place is deleted: nothing new may come
// once what was under way has arrived.
func (r *Receiver) End(place string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.accounts[place].ended = time.Now()
}

// Objects returns what the copy of a place holds.
func (r *Receiver) Objects(place string) map[Key]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.accounts[place].copied.Objects()
}

// Events counts what a place has taken in, repeated events once.
func (r *Receiver) Events(place string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.accounts[place].copied.Events()
}

// History returns every notification that arrived at a place, in order.
func (r *Receiver) History(place string) []Received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.accounts[place].history)
}

// ServeHTTP takes one notification.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxBody))
	if err != nil {
		return // the sender is gone
	}
	n, err := parse(body)
	if err != nil {
		r.ledger.violation("receiver %s: %v", r.name, err)
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	if id := request.Header.Get("Webhook-Id"); id != "" && id != n.EventID {
		r.ledger.violation("receiver %s: the header's webhook-id %s is not the event's id %s", r.name, id, n.EventID)
	}
	if request.Method != http.MethodPost {
		r.ledger.violation("receiver %s: a notification came by %s", r.name, request.Method)
	}
	mood := r.take(request.URL.Path[1:], request.RemoteAddr, n, body)
	answer(request.Context(), w, mood)
}

// take decides on a notification and takes it in, in one step.
func (r *Receiver) take(place, from string, n *Notification, body []byte) Mood {
	r.mu.Lock()
	defer r.mu.Unlock()
	fresh := !r.ledger.known(n.EventID)
	if err := r.ledger.enter(n.EventID, body); err != nil {
		r.ledger.violation("receiver %s, %s: %v", r.name, place, err)
	}
	a := r.accounts[place]
	if a == nil {
		r.ledger.violation("receiver %s: nobody subscribed with callback /%s", r.name, place)
		return Willing
	}
	if fresh && !a.ended.IsZero() && time.Since(a.ended) > lateGrace {
		r.ledger.violation("receiver %s: %s got a new event %s after its subscription was deleted", r.name, place, time.Since(a.ended))
	}
	received := Received{At: time.Now(), From: from, Notification: n, Mood: r.temper()}
	if received.Mood.takes() {
		var err error
		if received.Repeated, err = a.copied.Apply(n); err != nil {
			r.ledger.violation("receiver %s, %s: event %s: %v", r.name, place, n.EventID, err)
		}
	}
	a.history = append(a.history, received)
	return received.Mood
}

func answer(ctx context.Context, w http.ResponseWriter, mood Mood) {
	switch mood {
	case Willing:
		w.WriteHeader(http.StatusNoContent)
	case Failing, AnswersFalsely:
		http.Error(w, "no luck today", http.StatusInternalServerError)
	case Busy:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too much at once", http.StatusTooManyRequests)
	case Resetting, LosesAnswer:
		reset(w)
	case Hanging, HangsAfter:
		<-ctx.Done()
	case Slow:
		select {
		case <-time.After(slowness):
		case <-ctx.Done():
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// reset ends the connection with RST in place of an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the end would be a polite one
	}
	conn.Close()
}

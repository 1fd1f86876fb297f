// Package idempotency gives a client that sends a create again, under the same
// Idempotency-Key, its first answer again instead of a second object.
//
// A key belongs to one caller and one path. The first request reserves it before
// anything is done, and its answer is kept for a day. An answer of 500 and above,
// 403 or 429 is not kept: the request may be made again.
// A request without the header goes straight through.
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/recording"
	"github.com/netweave/netweave/inbound/http/request"
	"github.com/netweave/netweave/ports/idempotency"
	"github.com/netweave/netweave/ports/store"
)

const (
	// Header is what a client sends.
	Header = "Idempotency-Key"
	// Replayed tells a client that the answer is that to an earlier request.
	Replayed = "Idempotency-Replayed"

	// keep is for how long an answer is.
	keep = 24 * time.Hour
	// slack is how much longer than a change may take its key is reserved.
	slack = 30 * time.Second
	// storeWithin bounds each call to the store.
	storeWithin = 5 * time.Second

	retryInProgress, retryStore = 1, 5 // seconds
)

// Config says how long and how large requests may be.
type Config struct {
	// BodyBytes bounds a request's body, and WriteDeadline a change, as the handlers
	// behind have it.
	BodyBytes     int64
	WriteDeadline time.Duration
}

// Once answers each key once. It is safe for concurrent use.
type Once struct {
	config Config
	store  idempotency.Store
	logger *slog.Logger
}

// New makes a Once that remembers in s.
func New(config Config, s idempotency.Store, logger *slog.Logger) *Once {
	return &Once{config: config, store: s, logger: logger}
}

// Serve answers r by next, or by what next has answered before. It is for
// requests whose caller is known and may make them. Under a key next's context
// does not end when the client goes: what was begun gets an answer, for the
// client to ask for.
func (o *Once) Serve(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	sent := r.Header[Header]
	if len(sent) == 0 {
		next(w, r)
		return
	}
	if fault := judge(sent); fault != "" {
		problem.Write(w, http.StatusBadRequest, Header+": "+fault)
		return
	}
	body, whole := readBody(r, o.config.BodyBytes)
	if !whole {
		next(w, r) // which refuses such a body
		return
	}
	key := keyOf(r, sent[0])
	ctx, cancel := context.WithTimeout(r.Context(), storeWithin)
	defer cancel()
	asked := fingerprint(key.Route, r.Header.Get("Content-Type"), body)
	kept, reservation, err := o.store.Begin(ctx, key, asked, o.config.WriteDeadline+slack)
	switch {
	case err != nil:
		o.refuse(w, r, key, reservation, err)
	case kept != nil:
		w.Header()[Replayed] = []string{"true"}
		write(w, kept)
	default:
		write(w, o.answer(r, key, reservation, next))
	}
}

// answer lets next answer, and settles the key before the client hears of it.
func (o *Once) answer(r *http.Request, key idempotency.Key, reservation store.Token, next http.HandlerFunc) *idempotency.Answer {
	rec := &attempt{Answer: recording.New()}
	settled := false
	defer func() {
		if !settled { // next panicked: whoever contains that answers
			o.abandon(r, key, reservation)
		}
	}()
	next(rec, r.WithContext(context.WithoutCancel(r.Context())))
	answer := &idempotency.Answer{Status: rec.Status(), Header: rec.Header(), Body: rec.Body()}
	settled = true
	if rec.passes || Passing(answer.Status) {
		o.abandon(r, key, reservation)
		return answer
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeWithin)
	defer cancel()
	if err := o.store.Complete(ctx, key, reservation, *answer, keep); err != nil {
		o.tell(r, "an answer is not kept for its Idempotency-Key", err)
	}
	return answer
}

// attempt is an answer in the making.
type attempt struct {
	*recording.Answer
	// passes is what Pass said.
	passes bool
}

// Pass says of an answer that it may be another one later, with nothing done so far
// that its request asked for, though its status does not tell: it is not kept. w is
// what the handler was given.
func Pass(w http.ResponseWriter) {
	if a, ok := w.(*attempt); ok {
		a.passes = true
	}
}

// Passing reports whether an answer of that status may be another one later, with
// nothing done so far that its request asked for.
func Passing(status int) bool {
	return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests || status == http.StatusForbidden
}

func (o *Once) abandon(r *http.Request, key idempotency.Key, reservation store.Token) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeWithin)
	defer cancel()
	if err := o.store.Abandon(ctx, key, reservation); err != nil {
		o.tell(r, "an Idempotency-Key stays reserved for a while", err)
	}
}

// refuse answers a request whose key could not be reserved: nothing was done.
func (o *Once) refuse(w http.ResponseWriter, r *http.Request, key idempotency.Key, reservation store.Token, err error) {
	switch {
	case errors.Is(err, idempotency.ErrInProgress):
		problem.Problem{
			Status: http.StatusConflict, RetryAfter: retryInProgress,
			Detail: "a request with this " + Header + " is still being answered: ask again for its answer",
		}.Write(w)
		return
	case errors.Is(err, idempotency.ErrMismatch):
		problem.Write(w, http.StatusUnprocessableEntity,
			"this "+Header+" was used for a different request: choose another one")
		return
	case errors.Is(err, store.ErrUnconfirmed) && reservation != "":
		o.abandon(r, key, reservation)
	case errors.Is(err, store.ErrUnconfirmed), errors.Is(err, store.ErrUnavailable),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
	default:
		o.logger.Error("reserving an Idempotency-Key failed", "requestId", exchange.ScopeOf(r.Context()).RequestID(), "error", err)
	}
	problem.Problem{
		Status: http.StatusServiceUnavailable, RetryAfter: retryStore,
		Detail: "the store that remembers the " + Header + " is unavailable: nothing was done",
	}.Write(w)
}

func (o *Once) tell(r *http.Request, what string, err error) {
	o.logger.Warn(what, "requestId", exchange.ScopeOf(r.Context()).RequestID(),
		"method", r.Method, "path", r.URL.Path, "error", err)
}

// keyOf names the request: the same key of another caller is another key.
func keyOf(r *http.Request, sent string) idempotency.Key {
	sc := exchange.ScopeOf(r.Context())
	key := idempotency.Key{Tenant: sc.Tenant(), User: sc.User(), Route: r.Method + " " + request.Path(r), Key: sent}
	if sc.Platform() {
		key.Tenant = "*" + key.Tenant // no tenant's
	}
	return key
}

// fingerprint is equal for equal requests alone.
func fingerprint(route, contentType string, body []byte) string {
	h := sha256.New()
	for _, part := range []string{route, contentType, string(body)} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

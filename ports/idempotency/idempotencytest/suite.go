package idempotencytest

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/idempotency"
	"github.com/netweave/netweave/ports/store"
)

// Store is what the suite tests: one store that remembers nothing yet.
type Store struct {
	Answers idempotency.Store
	// Short is a time that the store can keep to; the suite waits for it to be
	// over. 50 ms if 0.
	Short time.Duration
}

// long is a time that no test outlives, patience what bounds each wait.
const (
	long     = 10 * time.Minute
	patience = 20 * time.Second
)

// Run runs the suite. open is called once for each test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := &fixture{Store: open(t), t: t}
			if f.Short == 0 {
				f.Short = 50 * time.Millisecond
			}
			c.run(f)
		})
	}
}

type fixture struct {
	Store
	t *testing.T
}

var (
	key    = idempotency.Key{Tenant: "acme", User: "u", Route: "POST /o2ims/v1/subscriptions", Key: "k"}
	answer = idempotency.Answer{
		Status: 201, Body: []byte("{\"a\":\"\x00\xff\"}\n"),
		Header: map[string][]string{"Location": {"/x"}, "Vary": {"a", "b"}},
	}
)

var cases = []struct {
	name string
	run  func(*fixture)
}{
	{"the first answer is given again", func(f *fixture) {
		token := f.begin(key, "f")
		f.complete(key, token, answer)
		for range 2 {
			got, token, err := f.Answers.Begin(f.t.Context(), key, "f", long)
			if err != nil || token != "" || !reflect.DeepEqual(got, &answer) {
				f.t.Fatalf("Begin gave %+v, %q, %v; want the first answer, %+v", got, token, err, &answer)
			}
		}
	}},
	{"an answer may be empty", func(f *fixture) {
		f.complete(key, f.begin(key, "f"), idempotency.Answer{Status: 204})
		got, _, err := f.Answers.Begin(f.t.Context(), key, "f", long)
		if err != nil || got == nil || got.Status != 204 || len(got.Header) != 0 || len(got.Body) != 0 {
			f.t.Errorf("Begin gave %+v, %v; want 204 and nothing else", got, err)
		}
	}},
	{"an answer may be large", func(f *fixture) {
		large := idempotency.Answer{Status: 200, Body: []byte(strings.Repeat("x", 1<<20))}
		f.complete(key, f.begin(key, "f"), large)
		got, _, err := f.Answers.Begin(f.t.Context(), key, "f", long)
		if err != nil || got == nil || string(got.Body) != string(large.Body) {
			f.t.Errorf("Begin gave another body, or %v", err)
		}
	}},
	{"while the first request is answered, it is in progress", func(f *fixture) {
		f.begin(key, "f")
		f.refuse(key, "f", idempotency.ErrInProgress)
	}},
	{"a different request under the key is a mismatch", func(f *fixture) {
		token := f.begin(key, "f")
		f.refuse(key, "g", idempotency.ErrMismatch)
		f.complete(key, token, answer)
		f.refuse(key, "g", idempotency.ErrMismatch)
	}},
	{"keys of others are other keys", func(f *fixture) {
		f.complete(key, f.begin(key, "f"), answer)
		for _, other := range []idempotency.Key{
			{Tenant: "other", User: key.User, Route: key.Route, Key: key.Key},
			{Tenant: key.Tenant, User: "other", Route: key.Route, Key: key.Key},
			{Tenant: key.Tenant, User: key.User, Route: "POST /other", Key: key.Key},
			{Tenant: key.Tenant, User: key.User, Route: key.Route, Key: "other"},
			{Tenant: "acm", User: "eu", Route: key.Route, Key: key.Key},
			{Tenant: key.Tenant + "\x00" + key.User, Route: key.Route, Key: key.Key},
		} {
			f.begin(other, "f")
		}
	}},
	{"a request given up may be made again", func(f *fixture) {
		token := f.begin(key, "f")
		f.abandon(key, token)
		f.complete(key, f.begin(key, "another"), answer)
	}},
	{"a reservation that has passed on can do nothing", func(f *fixture) {
		old := f.begin(key, "f")
		f.abandon(key, old)
		f.fenced(key, old)
		token := f.begin(key, "g")
		f.fenced(key, old)
		f.abandon(key, old)
		f.refuse(key, "g", idempotency.ErrInProgress)
		f.complete(key, token, answer)
		f.abandon(key, token)
		f.fenced(key, token)
		got, _, err := f.Answers.Begin(f.t.Context(), key, "g", long)
		if err != nil || !reflect.DeepEqual(got, &answer) {
			f.t.Errorf("Begin gave %+v, %v; want the first answer", got, err)
		}
	}},
	{"a reservation is over when its time is", func(f *fixture) {
		_, old, err := f.Answers.Begin(f.t.Context(), key, "f", f.Short)
		if err != nil {
			f.t.Fatalf("Begin: %v", err)
		}
		token := f.beginLater(key, "g")
		f.fenced(key, old)
		f.complete(key, token, answer)
	}},
	{"an answer is forgotten when its time is over", func(f *fixture) {
		if err := f.Answers.Complete(f.t.Context(), key, f.begin(key, "f"), answer, f.Short); err != nil {
			f.t.Fatalf("Complete: %v", err)
		}
		f.beginLater(key, "g")
	}},
	{"of many at once, one is the first", func(f *fixture) {
		errs := make([]error, 12)
		var asking sync.WaitGroup
		for i := range errs {
			asking.Go(func() { _, _, errs[i] = f.Answers.Begin(f.t.Context(), key, "f", long) })
		}
		asking.Wait()
		first := 0
		for _, err := range errs {
			if err == nil {
				first++
			} else if !errors.Is(err, idempotency.ErrInProgress) {
				f.t.Errorf("Begin: error %v, want %v", err, idempotency.ErrInProgress)
			}
		}
		if first != 1 {
			f.t.Errorf("%d were the first", first)
		}
	}},
}

func (f *fixture) begin(k idempotency.Key, fingerprint string) store.Token {
	f.t.Helper()
	got, token, err := f.Answers.Begin(f.t.Context(), k, fingerprint, long)
	if err != nil || got != nil || token == "" {
		f.t.Fatalf("Begin gave %+v, %q, %v; want a reservation", got, token, err)
	}
	return token
}

// beginLater waits until the key is free.
func (f *fixture) beginLater(k idempotency.Key, fingerprint string) store.Token {
	f.t.Helper()
	ticks := time.NewTicker(f.Short / 5)
	defer ticks.Stop()
	deadline := time.After(patience)
	for {
		got, token, err := f.Answers.Begin(f.t.Context(), k, fingerprint, long)
		if err == nil && got == nil {
			return token
		}
		if err != nil && !errors.Is(err, idempotency.ErrMismatch) {
			f.t.Fatalf("Begin: %v", err)
		}
		select {
		case <-ticks.C:
		case <-deadline:
			f.t.Fatalf("waited %s for the key to be free", patience)
		}
	}
}

func (f *fixture) refuse(k idempotency.Key, fingerprint string, want error) {
	f.t.Helper()
	got, _, err := f.Answers.Begin(f.t.Context(), k, fingerprint, long)
	if !errors.Is(err, want) || got != nil {
		f.t.Errorf("Begin gave %+v, %v; want %v", got, err, want)
	}
}

func (f *fixture) complete(k idempotency.Key, token store.Token, a idempotency.Answer) {
	f.t.Helper()
	if err := f.Answers.Complete(f.t.Context(), k, token, a, long); err != nil {
		f.t.Fatalf("Complete: %v", err)
	}
}

func (f *fixture) abandon(k idempotency.Key, token store.Token) {
	f.t.Helper()
	if err := f.Answers.Abandon(f.t.Context(), k, token); err != nil && !errors.Is(err, store.ErrFenced) {
		f.t.Fatalf("Abandon: %v", err)
	}
}

func (f *fixture) fenced(k idempotency.Key, token store.Token) {
	f.t.Helper()
	other := idempotency.Answer{Status: 500, Body: []byte("late")}
	if err := f.Answers.Complete(f.t.Context(), k, token, other, long); !errors.Is(err, store.ErrFenced) {
		f.t.Errorf("Complete: error %v, want %v", err, store.ErrFenced)
	}
}

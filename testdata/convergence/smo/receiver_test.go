package smo

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
)

func newReceiver(t *testing.T) (*Receiver, *Ledger) {
	t.Helper()
	ledger := NewLedger()
	r, err := NewReceiver("test", "127.0.0.1:0", ledger)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Down(); err != nil {
			t.Error(err)
		}
	})
	return r, ledger
}

// send POSTs a notification and returns the status, 0 if there was no answer.
func send(t *testing.T, url string, n told) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(n.body()))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return 0
	}
	response.Body.Close()
	return response.StatusCode
}

func TestReceiverMoods(t *testing.T) {
	created := told{id: "1", event: "created", object: "a", post: "A"}
	for mood, want := range map[Mood]struct {
		status int
		taken  bool
	}{
		Willing:        {http.StatusNoContent, true},
		Failing:        {http.StatusInternalServerError, false},
		Busy:           {http.StatusTooManyRequests, false},
		Resetting:      {0, false},
		Hanging:        {0, false},
		LosesAnswer:    {0, true},
		AnswersFalsely: {http.StatusInternalServerError, true},
		HangsAfter:     {0, true},
		Slow:           {http.StatusNoContent, true},
	} {
		t.Run(mood.String(), func(t *testing.T) {
			r, ledger := newReceiver(t)
			url := r.Open("place", false)
			r.SetTemper(Always(mood))
			if got := send(t, url, created); got != want.status {
				t.Errorf("answered %d, want %d", got, want.status)
			}
			if taken := len(r.Objects("place")) == 1; taken != want.taken {
				t.Errorf("taken in: %t, want %t", taken, want.taken)
			}
			r.SetTemper(Always(Willing))
			if got := send(t, url, created); got != http.StatusNoContent {
				t.Errorf("the repetition is answered %d", got)
			}
			objects := map[Key]string{{Type: "Resource", ID: "a"}: `{"name":"A"}`}
			if got := r.Objects("place"); !maps.Equal(got, objects) {
				t.Errorf("after the repetition the copy holds %v", got)
			}
			history := r.History("place")
			if len(history) != 2 || history[1].Repeated != want.taken || history[0].Mood != mood {
				t.Errorf("history %+v", history)
			}
			if found := ledger.Violations(); len(found) > 0 {
				t.Errorf("violations: %v", found)
			}
		})
	}
}

func TestReceiverKeepsItsPortAndItsCopy(t *testing.T) {
	r, ledger := newReceiver(t)
	url := r.Open("place", false)
	if got := send(t, url, told{id: "1", event: "created", object: "a", post: "A"}); got != http.StatusNoContent {
		t.Fatalf("answered %d", got)
	}
	if err := r.Down(); err != nil {
		t.Fatal(err)
	}
	if got := send(t, url, told{id: "2", event: "deleted", object: "a", prior: "A"}); got != 0 {
		t.Fatalf("while down, answered %d", got)
	}
	if err := errors.Join(r.Up(), r.Up()); err != nil {
		t.Fatal(err)
	}
	if got := send(t, url, told{id: "2", event: "deleted", object: "a", prior: "A"}); got != http.StatusNoContent {
		t.Fatalf("once up again, answered %d", got)
	}
	if len(r.Objects("place")) != 0 || r.Events("place") != 2 || len(ledger.Violations()) > 0 {
		t.Errorf("the copy holds %v of %d events, with violations %v", r.Objects("place"), r.Events("place"), ledger.Violations())
	}
}

func TestReceiverFindsBrokenPromises(t *testing.T) {
	cases := map[string]struct {
		sent      []told
		end       time.Duration
		place     string
		violation string
	}{
		"an id with two contents": {
			sent: []told{
				{id: "1", event: "created", object: "a", post: "A"},
				{id: "1", event: "created", object: "a", post: "B"},
			},
			violation: "event 1 carried two contents",
		},
		"out of order": {
			sent: []told{
				{id: "1", event: "created", object: "a", post: "A"},
				{id: "3", event: "modified", object: "a", prior: "B", post: "C"},
				{id: "2", event: "modified", object: "a", prior: "A", post: "B"},
			},
			violation: "the state before is not the copy's",
		},
		"nobody's place": {
			sent:      []told{{id: "1", event: "created", object: "a", post: "A"}},
			place:     "elsewhere",
			violation: "nobody subscribed with callback /elsewhere",
		},
		"long after the end": {
			sent:      []told{{id: "1", event: "created", object: "a", post: "A"}},
			end:       time.Minute,
			violation: "after its subscription was deleted",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r, ledger := newReceiver(t)
			url := r.Open("place", false)
			if c.place != "" {
				url = strings.Replace(url, "place", c.place, 1)
			}
			if c.end > 0 {
				r.End("place")
				r.accounts["place"].ended = time.Now().Add(-c.end)
			}
			for _, n := range c.sent {
				send(t, url, n)
			}
			if found := ledger.Violations(); len(found) == 0 || !strings.Contains(found[0], c.violation) {
				t.Errorf("violations %q, want one with %q", found, c.violation)
			}
		})
	}
}

func TestMoodyIsWillingMostOfTheTimeAndTheSameForASeed(t *testing.T) {
	first, second := Moody(7, 0.3), Moody(7, 0.3)
	counts := map[Mood]int{}
	for range 1000 {
		m := first()
		if other := second(); other != m {
			t.Fatalf("the same seed gave %v and %v", m, other)
		}
		counts[m]++
	}
	if counts[Willing] < 650 || counts[Willing] > 750 || len(counts) != len(moodNames) {
		t.Errorf("1000 moods: %v", counts)
	}
}

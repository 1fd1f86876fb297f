package smo

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// told builds notifications by hand, as netweave would send them.
type told struct {
	id, event, object, prior, post string
	resync                         bool
}

func (t told) notification(tb testing.TB) *Notification {
	tb.Helper()
	n, err := parse(t.body())
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func (t told) body() []byte {
	state := func(name, text string) string {
		if text == "" {
			return ""
		}
		return fmt.Sprintf(`,%q:{"name":%q}`, name, text)
	}
	kind, resync := "Resource", ""
	if t.resync {
		kind, resync = "Subscription", `,"resync":true`
	}
	return fmt.Appendf(nil, `{"eventId":%q,"subscriptionId":"s","eventType":%q,"objectType":%q,"objectId":%q,"timestamp":"2026-11-02T10:00:00Z"%s%s%s}`,
		t.id, t.event, kind, t.object, state("priorState", t.prior), state("postState", t.post), resync)
}

func TestCopyHoldsNotificationsAgainstPromises(t *testing.T) {
	cases := map[string]struct {
		joinedLate bool
		told       []told
		// violation is in the error of the last one, "" if all are as promised.
		violation string
		want      map[string]string
		repeated  int
	}{
		"a life": {
			told: []told{
				{id: "1", event: "created", object: "a", post: "A"},
				{id: "2", event: "modified", object: "a", prior: "A", post: "B"},
				{id: "3", event: "modified", object: "a", prior: "B", post: "A"},
				{id: "4", event: "deleted", object: "a", prior: "A"},
				{id: "5", event: "created", object: "a", post: "C"},
			},
			want: map[string]string{"a": "C"},
		},
		"repeated events change nothing, late ones too": {
			told: []told{
				{id: "1", event: "created", object: "a", post: "A"},
				{id: "1", event: "created", object: "a", post: "A"},
				{id: "2", event: "modified", object: "a", prior: "A", post: "B"},
				{id: "3", event: "deleted", object: "a", prior: "B"},
				{id: "2", event: "modified", object: "a", prior: "A", post: "B"},
			},
			want:     map[string]string{},
			repeated: 2,
		},
		"a lost change": {
			told: []told{
				{id: "1", event: "created", object: "a", post: "A"},
				{id: "3", event: "modified", object: "a", prior: "B", post: "C"},
			},
			violation: "the state before is not the copy's",
			want:      map[string]string{"a": "C"},
		},
		"a lost creation": {
			told:      []told{{id: "2", event: "modified", object: "a", prior: "A", post: "B"}},
			violation: "the copy does not have it",
			want:      map[string]string{"a": "B"},
		},
		"a lost deletion": {
			told: []told{
				{id: "1", event: "created", object: "a", post: "A"},
				{id: "3", event: "created", object: "a", post: "B"},
			},
			violation: "is created, but the copy has it",
			want:      map[string]string{"a": "B"},
		},
		"two changes the wrong way round": {
			told: []told{
				{id: "1", event: "created", object: "a", post: "A"},
				{id: "3", event: "modified", object: "a", prior: "B", post: "C"},
			},
			violation: "the state before is not the copy's",
			want:      map[string]string{"a": "C"},
		},
		"the same change under another id": {
			told: []told{
				{id: "1", event: "created", object: "a", post: "A"},
				{id: "2", event: "modified", object: "a", prior: "A", post: "B"},
				{id: "3", event: "modified", object: "a", prior: "A", post: "B"},
			},
			violation: "the state before is not the copy's",
			want:      map[string]string{"a": "B"},
		},
		"a change that is none": {
			told: []told{
				{id: "1", event: "created", object: "a", post: "A"},
				{id: "2", event: "modified", object: "a", prior: "A", post: "A"},
			},
			violation: "both states are",
			want:      map[string]string{"a": "A"},
		},
		"a creation with a past": {
			told:      []told{{id: "1", event: "created", object: "a", prior: "Z", post: "A"}},
			violation: `an event of type "created" with a prior state (true)`,
			want:      map[string]string{"a": "A"},
		},
		"joined late, an object may be unknown": {
			joinedLate: true,
			told: []told{
				{id: "1", event: "modified", object: "a", prior: "A", post: "B"},
				{id: "2", event: "deleted", object: "b", prior: "B"},
				{id: "3", event: "modified", object: "a", prior: "B", post: "C"},
			},
			want: map[string]string{"a": "C"},
		},
		"joined late, but not unknown twice": {
			joinedLate: true,
			told: []told{
				{id: "1", event: "deleted", object: "a", prior: "B"},
				{id: "2", event: "modified", object: "a", prior: "B", post: "C"},
			},
			violation: "the copy does not have it",
			want:      map[string]string{"a": "C"},
		},
		"a resync starts anew": {
			told: []told{
				{id: "1", event: "created", object: "a", post: "A"},
				{id: "2", event: "created", object: "b", post: "B"},
				{id: "3", event: "modified", object: "s", resync: true},
				{id: "4", event: "created", object: "a", post: "Z"},
			},
			want: map[string]string{"a": "Z"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			copied := NewCopy(c.joinedLate)
			repeated := 0
			for i, n := range c.told {
				again, err := copied.Apply(n.notification(t))
				if again {
					repeated++
				}
				last := i == len(c.told)-1
				switch {
				case err != nil && (!last || c.violation == ""):
					t.Fatalf("notification %d: %v", i, err)
				case last && c.violation != "" && (err == nil || !strings.Contains(err.Error(), c.violation)):
					t.Fatalf("the last notification: %v, want %q", err, c.violation)
				}
			}
			want := map[Key]string{}
			for id, text := range c.want {
				want[Key{Type: "Resource", ID: id}] = fmt.Sprintf(`{"name":%q}`, text)
			}
			if got := copied.Objects(); !maps.Equal(got, want) {
				t.Errorf("the copy holds %v, want %v", got, want)
			}
			if repeated != c.repeated {
				t.Errorf("%d were taken for repeated, want %d", repeated, c.repeated)
			}
		})
	}
}

func TestNotificationsThatCannotBeRead(t *testing.T) {
	for name, body := range map[string]string{
		"no JSON":              `eventId`,
		"an unknown attribute": `{"eventId":"1","subscriptionId":"s","eventType":"created","objectType":"Resource","objectId":"a","timestamp":"2026-11-02T10:00:00Z","secret":"x"}`,
		"no id":                `{"subscriptionId":"s","eventType":"created","objectType":"Resource","objectId":"a","timestamp":"2026-11-02T10:00:00Z"}`,
		"no time":              `{"eventId":"1","subscriptionId":"s","eventType":"created","objectType":"Resource","objectId":"a"}`,
		"a state that is none": `{"eventId":"1","subscriptionId":"s","eventType":"created","objectType":"Resource","objectId":"a","timestamp":"2026-11-02T10:00:00Z","postState":"x"}`,
	} {
		t.Run(name, func(t *testing.T) {
			if n, err := parse([]byte(body)); err == nil {
				t.Errorf("it reads %+v", n)
			}
		})
	}
}

func TestLedgerFindsIdsWithTwoContents(t *testing.T) {
	l := NewLedger()
	for _, step := range []struct {
		id, body string
		ok       bool
	}{{"1", "a", true}, {"1", "a", true}, {"2", "b", true}, {"1", "b", false}} {
		if err := l.enter(step.id, []byte(step.body)); (err == nil) != step.ok {
			t.Errorf("id %s with %q: %v, want ok %t", step.id, step.body, err, step.ok)
		}
	}
	if l.Events() != 2 {
		t.Errorf("%d events, want 2", l.Events())
	}
}

func TestCanonicalLeavesOutWhatNotificationsLack(t *testing.T) {
	got, err := Canonical(map[string]any{
		"resourcePoolId": "p", "extensions": map[string]any{"k8s.machineset.name": "w", "k8s.machineset.readyReplicas": 3},
	})
	if want := `{"extensions":{"k8s.machineset.name":"w"},"resourcePoolId":"p"}`; err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	got, err = Canonical(map[string]any{"deploymentManagerId": "d", "capacity": map[string]any{"cpu": "16"}})
	if want := `{"capacity":{},"deploymentManagerId":"d"}`; err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

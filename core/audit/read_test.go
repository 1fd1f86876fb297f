package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/authz"
)

var (
	alice = scope.New(scope.Identity{Tenant: "smo-alpha", User: "alice"})
	bob   = scope.New(scope.Identity{Tenant: "smo-beta", User: "bob"})
	root  = scope.New(scope.Identity{Platform: true, User: "root"})
)

// filled has ten entries: of alice, bob and root in turn, a second apart.
func filled(t *testing.T) (*shelf, *Log) {
	t.Helper()
	s := newShelf()
	l, stop := running(t, s, nil)
	for i := range 10 {
		e := entryAt(i, []string{"smo-alpha", "smo-beta", "platform"}[i%3], []string{"alice", "bob", "root"}[i%3])
		e.RequestID = fmt.Sprint(i)
		if i%2 == 1 {
			e.Action, e.Result, e.Resource = "delete", auditlog.Denied, "Resource"
		}
		l.Record(context.Background(), e)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	return s, l
}

func ids(list []auditlog.Entry) []string {
	got := []string{}
	for _, e := range list {
		got = append(got, e.RequestID)
	}
	return got
}

func TestEntries(t *testing.T) {
	_, l := filled(t)
	all := scope.ReachAll
	for name, tt := range map[string]struct {
		sc    scope.Scope
		reach scope.Reach
		q     auditlog.Query
		want  []string
	}{
		"everybody's":              {root, all, auditlog.Query{}, []string{"9", "8", "7", "6", "5", "4", "3", "2", "1", "0"}},
		"one tenant's":             {root, all, auditlog.Query{Tenant: "smo-beta"}, []string{"7", "4", "1"}},
		"the platform's":           {root, all, auditlog.Query{Tenant: "platform"}, []string{"8", "5", "2"}},
		"own":                      {alice, scope.ReachTenant, auditlog.Query{}, []string{"9", "6", "3", "0"}},
		"own by name":              {alice, scope.ReachTenant, auditlog.Query{Tenant: "smo-alpha"}, []string{"9", "6", "3", "0"}},
		"another's":                {alice, scope.ReachTenant, auditlog.Query{Tenant: "smo-beta"}, []string{}},
		"one that is not there":    {alice, scope.ReachTenant, auditlog.Query{Tenant: "smo-gamma"}, []string{}},
		"platform, as a tenant":    {alice, scope.ReachTenant, auditlog.Query{Tenant: "platform"}, []string{}},
		"shared alone":             {alice, scope.ReachShared, auditlog.Query{}, []string{}},
		"platform without all":     {root, scope.ReachTenant, auditlog.Query{}, []string{}},
		"platform, named, no all":  {root, scope.ReachTenant, auditlog.Query{Tenant: "platform"}, []string{}},
		"by user":                  {root, all, auditlog.Query{User: "bob"}, []string{"7", "4", "1"}},
		"another tenant's user":    {alice, scope.ReachTenant, auditlog.Query{User: "bob"}, []string{}},
		"by action":                {alice, scope.ReachTenant, auditlog.Query{Action: "delete"}, []string{"9", "3"}},
		"by result and resource":   {root, all, auditlog.Query{Result: auditlog.Denied, Resource: "Resource"}, []string{"9", "7", "5", "3", "1"}},
		"by result, none":          {root, all, auditlog.Query{Result: auditlog.Failed}, []string{}},
		"from is inclusive":        {root, all, auditlog.Query{From: begin.Add(8 * time.Second)}, []string{"9", "8"}},
		"until is not":             {root, all, auditlog.Query{Until: begin.Add(2 * time.Second)}, []string{"1", "0"}},
		"a tenant of all, by time": {root, all, auditlog.Query{Tenant: "smo-alpha", From: begin.Add(1), Until: begin.Add(7 * time.Second)}, []string{"6", "3"}},
	} {
		t.Run(name, func(t *testing.T) {
			l.config.Authorizer = reach(tt.reach)
			list, next, err := l.Entries(context.Background(), tt.sc, tt.q)
			if err != nil || next != "" || !slices.Equal(ids(list), tt.want) {
				t.Errorf("got %q, next %q, %v, want %q", ids(list), next, err, tt.want)
			}
			// The same, one by one.
			var paged []string
			q := tt.q
			for q.Limit = 1; ; {
				list, next, err := l.Entries(context.Background(), tt.sc, q)
				if err != nil {
					t.Fatal(err)
				}
				if paged = append(paged, ids(list)...); next == "" {
					break
				}
				q.After = next
			}
			if !slices.Equal(paged, tt.want) && len(tt.want) > 0 {
				t.Errorf("paged: %q, want %q", paged, tt.want)
			}
		})
	}
	l.config.Authorizer = reach(0)
	if _, _, err := l.Entries(context.Background(), alice, auditlog.Query{}); !errors.Is(err, authz.ErrDenied) {
		t.Errorf("without the right to it: %v", err)
	}
}

func TestEntriesAreWhole(t *testing.T) {
	s := newShelf()
	l, stop := running(t, s, nil)
	want := entryAt(0, "smo-alpha", "alice")
	want.ResourceTenant = "smo-beta"
	l.Record(context.Background(), want)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	list, _, err := l.Entries(context.Background(), root, auditlog.Query{})
	want.ID = "gw-1/1"
	if err != nil || len(list) != 1 || list[0] != want {
		t.Errorf("got %+v, %v\nwant %+v", list, err, want)
	}
	// A tenant learns no numbers: they count what others do.
	l.config.Authorizer = reach(scope.ReachTenant)
	list, _, err = l.Entries(context.Background(), alice, auditlog.Query{})
	want.ID = s.all("gw-1")[0].Hash
	if err != nil || len(list) != 1 || list[0] != want {
		t.Errorf("got %+v, %v\nwant %+v", list, err, want)
	}
}

func TestCursorsAreBound(t *testing.T) {
	_, l := filled(t)
	l.config.Authorizer = reach(scope.ReachTenant)
	_, next, err := l.Entries(context.Background(), alice, auditlog.Query{Limit: 2, Action: "create"})
	if err != nil || next != "" { // it has just two
		t.Fatal(next, err)
	}
	_, next, err = l.Entries(context.Background(), alice, auditlog.Query{Limit: 2})
	if err != nil || next == "" {
		t.Fatal(next, err)
	}
	for name, tt := range map[string]struct {
		sc    scope.Scope
		reach scope.Reach
		q     auditlog.Query
	}{
		"another tenant":  {bob, scope.ReachTenant, auditlog.Query{After: next}},
		"the platform":    {root, scope.ReachAll, auditlog.Query{After: next}},
		"another reach":   {alice, scope.ReachAll, auditlog.Query{After: next}},
		"another tenant ": {alice, scope.ReachTenant, auditlog.Query{After: next, Tenant: "smo-beta"}},
		"another user":    {alice, scope.ReachTenant, auditlog.Query{After: next, User: "alice"}},
		"another action":  {alice, scope.ReachTenant, auditlog.Query{After: next, Action: "create"}},
		"another noun":    {alice, scope.ReachTenant, auditlog.Query{After: next, Resource: "x"}},
		"another result":  {alice, scope.ReachTenant, auditlog.Query{After: next, Result: auditlog.Denied}},
		"another from":    {alice, scope.ReachTenant, auditlog.Query{After: next, From: begin}},
		"another until":   {alice, scope.ReachTenant, auditlog.Query{After: next, Until: begin}},
		"cut":             {alice, scope.ReachTenant, auditlog.Query{After: next[:len(next)/2]}},
		"no base64":       {alice, scope.ReachTenant, auditlog.Query{After: "%"}},
		"something else":  {alice, scope.ReachTenant, auditlog.Query{After: "1"}},
		"of another kind": {alice, scope.ReachTenant, auditlog.Query{After: "B" + next[1:]}},
	} {
		l.config.Authorizer = reach(tt.reach)
		var wrong *query.Error
		if list, _, err := l.Entries(context.Background(), tt.sc, tt.q); !errors.As(err, &wrong) || wrong.Parameter != "after" || list != nil {
			t.Errorf("%s: %d entries, %v", name, len(list), err)
		}
	}
}

// Many entries of one millisecond, by several processes, are paged like others; so
// are those behind a place that was purged meanwhile.
func TestPagesWithinAMillisecond(t *testing.T) {
	s := newShelf()
	for _, writer := range []string{"gw-1", "gw-2", "gw-3"} {
		c := chain{writer: writer}
		for range 7 {
			e := entryAt(0, "smo-alpha", "alice")
			s.records[writer] = append(s.records[writer], c.link(&e))
		}
	}
	l := &Log{config: Config{Store: s, Authorizer: reach(scope.ReachAll)}}
	var paged []string
	q := auditlog.Query{Limit: 2}
	for {
		list, next, err := l.Entries(context.Background(), root, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			paged = append(paged, e.ID)
		}
		if next == "" {
			break
		}
		q.After = next
	}
	var want []string
	for _, writer := range []string{"gw-3", "gw-2", "gw-1"} {
		for n := 7; n > 0; n-- {
			want = append(want, fmt.Sprintf("%s/%d", writer, n))
		}
	}
	if !slices.Equal(paged, want) {
		t.Errorf("got %q", paged)
	}

	s.records = map[string][]audit.Record{}
	c := chain{writer: "gw-4"}
	e := entryAt(-1, "smo-alpha", "older")
	s.records["gw-4"] = []audit.Record{c.link(&e)}
	if list, _, err := l.Entries(context.Background(), root, q); err != nil || len(list) != 1 || list[0].User != "older" {
		t.Errorf("behind a place that is gone: %+v, %v", list, err)
	}
}

func TestLongScansAreCut(t *testing.T) {
	s := newShelf()
	c := chain{writer: "gw-1"}
	for i := range mostScanned + 10 {
		e := entryAt(0, "smo-alpha", "alice")
		if i < 5 {
			e.User = "rare"
		}
		s.records["gw-1"] = append(s.records["gw-1"], c.link(&e))
	}
	l := &Log{config: Config{Store: s, Authorizer: reach(scope.ReachAll)}}
	q := auditlog.Query{User: "rare", Limit: 10}
	list, next, err := l.Entries(context.Background(), root, q)
	if err != nil || len(list) != 0 || next == "" {
		t.Fatalf("%d entries, next %q, %v", len(list), next, err)
	}
	q.After = next
	if list, next, err = l.Entries(context.Background(), root, q); err != nil || len(list) != 5 || next != "" {
		t.Errorf("%d entries, next %q, %v", len(list), next, err)
	}
}

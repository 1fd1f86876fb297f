//go:build integration

package redis_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/redis"
	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/idempotency"
	"github.com/netweave/netweave/ports/pauses"
	"github.com/netweave/netweave/ports/ratelimit"
	"github.com/netweave/netweave/ports/subscriptionstore"
	"github.com/netweave/netweave/ports/tenancystore"
)

// TestDocumentedKeys uses everything, as a user with the documented rights, and
// looks up each key that it leaves in the table of docs/redis.md.
func TestDocumentedKeys(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{Users: map[string]string{"gateway": documentedACL}}), 0}
	c := l.config()
	c.Username, c.Password, c.Prefix = "gateway", "s3cret", "netweave:"
	useAll(t, open(t, c))

	names, patterns := documentedKeys(t)
	stored := l.raw(t).Keys(t.Context(), "*").Val()
	for i, key := range stored {
		stored[i] = strings.TrimPrefix(key, c.Prefix)
		if !slices.ContainsFunc(patterns, func(p *regexp.Regexp) bool { return key != stored[i] && p.MatchString(stored[i]) }) {
			t.Errorf("%q is stored, and docs/redis.md does not tell of it", key)
		}
	}
	for i, name := range names {
		part, _, _ := strings.Cut(name, ":")
		if !slices.Contains([]string{"tenancy", "quota", "rate", "audit"}, part) || name == "tenancy:pending" { // which takes replicas
			continue
		}
		if !slices.ContainsFunc(stored, patterns[i].MatchString) {
			t.Errorf("docs/redis.md tells of %q, and nothing like it is stored", name)
		}
	}
	meta := l.raw(t).HGetAll(t.Context(), c.Prefix+"meta").Val()
	if meta["schema"] != "1" || meta["compatible"] != "1" {
		t.Errorf("the store has the schema %s, readable from %s on: want 1 and 1, so that the version before can run on it", meta["schema"], meta["compatible"])
	}
	for field := range meta {
		if !strings.Contains(docs(t), "`"+field+"`") {
			t.Errorf("meta has the field %q, and docs/redis.md does not tell of it", field)
		}
	}
}

func docs(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/redis.md")
	must(t, err)
	return string(text)
}

// documentedKeys reads the names of the table's first column, whose {parts} stand
// for anything.
func documentedKeys(t *testing.T) (names []string, patterns []*regexp.Regexp) {
	t.Helper()
	_, table, _ := strings.Cut(docs(t), "| key | type | what |")
	table, _, _ = strings.Cut(table, "\n\n")
	quoted, part := regexp.MustCompile("`([^`]+)`"), regexp.MustCompile(`\\\{[^}]*\\\}`)
	for row := range strings.Lines(table) {
		column := strings.SplitN(row, "|", 3)
		if len(column) < 3 {
			continue
		}
		for _, name := range quoted.FindAllStringSubmatch(column[1], -1) {
			names = append(names, name[1])
			patterns = append(patterns, regexp.MustCompile("(?s)^"+part.ReplaceAllString(regexp.QuoteMeta(name[1]), ".+")+"$"))
		}
	}
	if len(names) < 30 {
		t.Fatalf("docs/redis.md has only the keys %v: is the test looking at the right table?", names)
	}
	return names, patterns
}

// useAll has every part store something.
func useAll(t *testing.T, s *redis.Store) {
	t.Helper()
	ctx := t.Context()
	log, g := leading(t, s, 1)
	_, _, err := log.Commit(ctx, g, batch(1, 1, 1, func(int) uint64 { return 0 }, 1))
	must(t, err)
	_, err = s.Assignment().Join(ctx, "m", time.Minute)
	must(t, err)
	_, err = s.Subscriptions().Create(ctx, subscription("https://smo.example"), subscriptionstore.Limits{})
	must(t, err)
	must(t, s.Bus().Publish(ctx, bus.Message{Topic: bus.Subscriptions, Body: []byte("x")}))
	_, _, err = s.Idempotency().Begin(ctx, idempotency.Key{Key: "k"}, "f", time.Minute)
	must(t, err)

	must(t, s.Tenancy().Put(ctx, tenancystore.Record{
		Key: tenancystore.Key{Kind: tenancystore.KindTenant, Tenant: "acme"}, Version: 1, Data: []byte(`{}`),
	}))
	must(t, s.Audit().Append(ctx, []audit.Record{{
		Writer: "w", Link: audit.Link{Number: 1, Hash: "a"}, At: time.Now(), Tenant: "acme", Data: []byte(`{}`),
	}}))
	one := o2.Amounts{Resources: 1}
	reservation, err := s.Quotas().Reserve(ctx, "acme", one, o2.Quotas{Resources: 3}, time.Minute)
	must(t, err)
	must(t, s.Quotas().Settle(ctx, "acme", reservation, one))
	_, err = s.Quotas().Reserve(ctx, "acme", one, o2.Quotas{Resources: 3}, time.Minute)
	must(t, err)
	must(t, s.Pauses().Put(ctx, pauses.Pause{Adapter: "aws", At: time.Now()}))
	a := &o2.Alarm{Header: o2.Header{ID: o2.NewID(), Backend: o2.AlarmBook}}
	now, _, err := s.Alarms().Apply(ctx, []alarmstore.Change{{Record: alarmstore.Record{Alarm: a}}})
	must(t, err)
	_, _, err = s.Alarms().Apply(ctx, []alarmstore.Change{{Record: now[0], Delete: true}, {Record: alarmstore.Record{Alarm: &o2.Alarm{Header: o2.Header{ID: "x"}}}}})
	must(t, err)
	_, err = s.Alarms().PutConfiguration(ctx, alarmstore.Configuration{JSON: []byte("{}")})
	must(t, err)
	_, _, _, err = s.Rates().Take(ctx, "acme/alice", ratelimit.Rate{PerSecond: 1, Burst: 10}, 5)
	must(t, err)
}

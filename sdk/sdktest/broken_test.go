package sdktest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
)

// More backends with one thing gone wrong; see suite_test.go.
type (
	panicking struct{ *cluster }
	selfish   struct{ *cluster }
	talkative struct{ *cluster }
	swapping  struct{ *cluster }
	lingering struct{ *cluster }
	undeleted struct{ *cluster }
	crashing  struct{ *cluster }
	twice     struct{ *cluster }
	fading    struct {
		*cluster
		mu *sync.Mutex
		n  *int
	}
)

// cache was never made, a beginner's mistake.
var cache map[string]*sdk.Resource

func (b panicking) GetResource(_ context.Context, id string) (*sdk.Resource, error) {
	cache[id] = b.items[id]
	return cache[id], nil
}

func (b selfish) ListResources(context.Context, sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	r := *b.items["p0-r0"]
	r.ParentID = r.ID
	return sdk.List([]*sdk.Resource{&r}, nil)
}

func (b talkative) ListResourcePools(context.Context, sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	p := *b.pools["p0"]
	p.Extensions = map[string]any{"acme.url": "https://me:hunter22@acme"}
	return sdk.List([]*sdk.ResourcePool{&p}, nil)
}

func (b swapping) GetResourcePool(ctx context.Context, _ string) (*sdk.ResourcePool, error) {
	return b.cluster.GetResourcePool(ctx, "p1")
}

// A list that ends early at every second call.
func (b fading) ListResources(ctx context.Context, o sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	b.mu.Lock()
	defer b.mu.Unlock()
	*b.n++
	ids := slices.Sorted(maps.Keys(b.items))
	if *b.n%2 == 0 {
		ids = ids[:4]
	}
	var all []*sdk.Resource
	for _, id := range ids {
		all = append(all, b.items[id])
	}
	return sdk.ListSelected(o, all, nil)
}

// A delete that returns before it has happened, for longer than it may.
func (b lingering) DeleteResource(_ context.Context, id string) error {
	time.AfterFunc(time.Second, func() { _ = b.cluster.DeleteResource(context.Background(), id) })
	return nil
}

func (b undeleted) Watch(ctx context.Context, e sdk.Events) error {
	return b.cluster.Watch(ctx, deleteless{e})
}

type deleteless struct{ sdk.Events }

func (deleteless) Delete(sdk.Kind, ...string) error { return nil }

func (b crashing) Watch(context.Context, sdk.Events) error { panic("no route") }

func (b twice) Watch(ctx context.Context, e sdk.Events) error {
	_ = e.Synced()
	<-ctx.Done()
	return ctx.Err()
}

func TestMoreBrokenBackendsAreToldWhatIsWrong(t *testing.T) {
	const soon = " (still so after 30ms)"
	c := newCluster
	for _, tc := range []struct {
		check   string
		backend sdk.Backend
		want    []string
	}{
		{"unknown ids are NotFound", panicking{c()}, []string{"the backend's methods panicked: assignment to entry in nil map, at ", "broken_test.go:", ": return an error instead"}},
		{"calls run beside one another", panicking{c()}, []string{"with 8 callers at once: a method panicked: assignment to entry in nil map, at "}},
		{"references lead somewhere", selfish{c()}, []string{`Resource "p0-r0" is its own parent: leave ParentID empty where there is none`}},
		{"Get returns what lists return", swapping{c()}, []string{`ListResourcePools yielded ResourcePool "p0", but GetResourcePool of it failed: GetResourcePool("p0") returned ResourcePool "p1": return the object that was asked for`}},
		{"lists are repeatable", fading{c(), new(sync.Mutex), new(int)}, []string{`two calls of ListResources in a row do not agree: "p1-r`, "is in the first alone"}},
		{"resources can be deleted", lingering{c()}, []string{`after DeleteResource succeeded: it must fail with code not-found` + soon}},
		{"a watch tells of pools", undeleted{c()}, []string{`the watch has not told that ResourcePool "new1" is gone after DeleteResourcePool: call Delete with its kind and id` + soon}},
		{"a watch begins with a whole snapshot", crashing{c()}, []string{"the watch ended by itself: Watch panicked: no route, at "}},
		{"a watch begins with a whole snapshot", twice{c()}, []string{"Watch: Synced without Begin: no snapshot is under way"}},
	} {
		t.Run(fmt.Sprintf("%s/%T", tc.check, tc.backend), func(t *testing.T) {
			s := newSubject(tc.backend, sdk.Capabilities(tc.backend), Options{Settle: 30 * time.Millisecond})
			err := s.bounded(t.Context(), named(t, tc.check).run)
			for _, want := range tc.want {
				if !strings.Contains(fmt.Sprint(err), want) {
					t.Errorf("got  %v\nwant %s", err, want)
				}
			}
		})
	}
}

func TestSecretsAreFound(t *testing.T) {
	secrets := secretsOf([]byte(`{"user": "me and you", "auth": {"password": "hunter22", "tokens": ["abcdefgh", "x"]}}`))
	if len(secrets) != 2 {
		t.Fatalf("found %v", secrets)
	}
	err := keepsSecrets(t.Context(), newSubject(talkative{newCluster()}, nil, Options{}), secrets)
	if want := `ResourcePool "p0" holds the value of the configuration's password: users and logs see it, so leave it out`; fmt.Sprint(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := keepsSecrets(t.Context(), newSubject(newCluster(), nil, Options{}), secrets); err != nil {
		t.Error(err)
	}
}

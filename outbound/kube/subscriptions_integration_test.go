//go:build integration

package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
	"github.com/netweave/netweave/ports/subscriptionstore"
	"github.com/netweave/netweave/ports/subscriptionstore/subscriptionstoretest"
)

// epochs is an event log's epoch, as far as a store of subscriptions goes.
type epochs struct {
	mu      sync.Mutex
	current store.Token
	count   int
	fail    error
}

func (e *epochs) Epoch(context.Context) (store.Token, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.current, nil
}

func (e *epochs) RenewEpoch(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fail != nil {
		return e.fail
	}
	e.current = storetest.NewToken()
	e.count++
	return nil
}

func (e *epochs) renewed() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.count
}

func (e *epochs) failWith(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fail = err
}

// open returns a store that runs until the test ends, and has begun to watch.
func open(t *testing.T, c *Client, cfg SubscriptionsConfig) (*Subscriptions, *epochs) {
	t.Helper()
	if err := server.Subscriptions(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := &epochs{current: storetest.NewToken()}
	cfg.Announce = true
	s := c.NewSubscriptions(cfg, e, quiet())
	s.lookAgain = time.Second
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
	})
	eventually(t, "the first epoch", func() bool { return e.renewed() > 0 })
	return s, e
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited too long for %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestSubscriptionsConform(t *testing.T) {
	subscriptionstoretest.Run(t, func(t *testing.T) subscriptionstoretest.Store {
		s, e := open(t, connect(t), SubscriptionsConfig{})
		return subscriptionstoretest.Store{Subscriptions: s, Epoch: func(t *testing.T) store.Token {
			now, err := e.Epoch(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return now
		}}
	})
}

// applied is what somebody applied with kubectl.
func applied(name string, spec map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name}, "spec": spec,
	}}
}

func sample(n int) *o2.Subscription {
	now := time.Now().UTC().Truncate(time.Millisecond)
	return &o2.Subscription{
		ID: o2.NewID(), Tenant: "acme", Surface: "o2ims/v1", Callback: fmt.Sprintf("https://smo.example.com/%d", n), Secret: "0123456789",
		Version: 1, CreatedAt: now, UpdatedAt: now,
	}
}

// TestKubectl applies, edits and deletes as kubectl does.
func TestKubectl(t *testing.T) {
	c := connect(t)
	refuse := errors.New("callback must be an https URL")
	s, e := open(t, c, SubscriptionsConfig{Tenant: "ops", Admit: func(n *o2.Subscription) error {
		if !strings.HasPrefix(n.Callback, "https://") {
			return refuse
		}
		return nil
	}})
	ctx := t.Context()
	before := e.renewed()
	next := func(what string) {
		t.Helper()
		eventually(t, "a new epoch after "+what, func() bool { return e.renewed() > before })
		before = e.renewed()
	}
	made, err := s.objects.Create(ctx, applied("smo", map[string]any{"callback": "https://smo.example.com", "initialState": true}), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	next("an object was applied")
	id := o2.ID(made.GetUID())
	want := &o2.Subscription{
		ID: id, Tenant: "ops", Surface: "o2ims/v1", Callback: "https://smo.example.com", InitialState: true, Version: 1,
		CreatedAt: made.GetCreationTimestamp().UTC(), UpdatedAt: made.GetCreationTimestamp().UTC(),
	}
	got, err := s.Get(ctx, id)
	if err != nil || *got != *want {
		t.Fatalf("got %+v (%v), want %+v", got, err, want)
	}
	acceptance(t, s, "smo", "True", "Notifications are sent.")

	// A duplicate of it cannot be made through the API.
	twin := *got
	twin.ID = o2.NewID()
	_, err = s.Create(ctx, &twin, subscriptionstore.Limits{})
	if d, ok := errors.AsType[*subscriptionstore.DuplicateError](err); !ok || d.ID != id {
		t.Errorf("a twin: %v", err)
	}
	before = e.renewed()

	patch(t, s, "smo", `{"spec":{"secretRef":{"name":"smo-key","key":"key"}}}`)
	next("an edit")
	acceptance(t, s, "smo", "False", `there is no Secret "smo-key" with the key "key"`)
	if _, err := s.Get(ctx, id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("without its secret: %v, want it not found", err)
	}
	if all, _, err := s.All(ctx); err != nil || len(all) != 0 {
		t.Errorf("without its secret all are %v (%v)", all, err)
	}
	_, err = c.secrets.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "smo-key"}, StringData: map[string]string{"key": "s3cret"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	patch(t, s, "smo", `{"spec":{"filter":"(eq,name,x)"}}`)
	next("another edit")
	acceptance(t, s, "smo", "True", "Notifications are sent.")
	all, _, err := s.All(ctx)
	if err != nil || len(all) != 1 || all[0].Secret != "s3cret" || all[0].Version != 3 || all[0].Filter != "(eq,name,x)" {
		t.Errorf("with its secret all are %+v (%v)", all, err)
	}

	patch(t, s, "smo", `{"spec":{"callback":"gopher://smo.example.com"}}`)
	next("a bad edit")
	acceptance(t, s, "smo", "False", refuse.Error())
	if _, err := s.Get(ctx, id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("with a bad callback: %v, want it not found", err)
	}
	if err := s.objects.Delete(ctx, "smo", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	next("a deletion")
}

// TestEditsOfWhatTheAPIMade has both write one object.
func TestEditsOfWhatTheAPIMade(t *testing.T) {
	s, e := open(t, connect(t), SubscriptionsConfig{})
	ctx := t.Context()
	one := sample(1)
	if _, err := s.Create(ctx, one, subscriptionstore.Limits{}); err != nil {
		t.Fatal(err)
	}
	before := e.renewed()
	patch(t, s, string(one.ID), `{"spec":{"filter":"(eq,name,y)"}}`)
	eventually(t, "a new epoch", func() bool { return e.renewed() > before })
	got, err := s.Get(ctx, one.ID)
	if err != nil || got.Version != 2 || got.Filter != "(eq,name,y)" || got.Secret != one.Secret {
		t.Fatalf("got %+v (%v)", got, err)
	}
	stale := *one
	stale.Version = 2
	if err := s.Update(ctx, &stale); !errors.Is(err, subscriptionstore.ErrConflict) {
		t.Errorf("an update of what was read before the edit: %v", err)
	}
	newer := *got
	newer.Version, newer.Filter = 3, ""
	if err := s.Update(ctx, &newer); err != nil {
		t.Errorf("an update of what was read after it: %v", err)
	}
	// Deleted by kubectl, its likeness is free at once.
	before = e.renewed()
	if err := s.objects.Delete(ctx, string(one.ID), metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a new epoch", func() bool { return e.renewed() > before })
	again := *one
	again.ID = o2.NewID()
	if _, err := s.Create(ctx, &again, subscriptionstore.Limits{}); err != nil {
		t.Errorf("the same again: %v", err)
	}
}

// TestASecretThatChanges is told by nothing, and found out.
func TestASecretThatChanges(t *testing.T) {
	s, e := open(t, connect(t), SubscriptionsConfig{})
	ctx := t.Context()
	key := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "smo-key"}, StringData: map[string]string{"key": "first"}}
	if _, err := s.client.secrets.Create(ctx, key, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	spec := map[string]any{"callback": "https://a", "secretRef": map[string]any{"name": "smo-key", "key": "key"}}
	if _, err := s.objects.Create(ctx, applied("smo", spec), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	acceptance(t, s, "smo", "True", "Notifications are sent.")
	before := e.renewed()
	key.StringData["key"] = "second"
	if _, err := s.client.secrets.Update(ctx, key, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a new epoch", func() bool { return e.renewed() > before })
	if all, _, err := s.All(ctx); err != nil || len(all) != 1 || all[0].Secret != "second" {
		t.Errorf("all are %+v (%v)", all, err)
	}
	before = e.renewed()
	if err := s.client.secrets.Delete(ctx, "smo-key", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	acceptance(t, s, "smo", "False", `there is no Secret "smo-key" with the key "key"`)
	if e.renewed() == before {
		t.Error("the status was told before the epoch was renewed")
	}
}

// TestTwoGateways creates alike subscriptions through two stores at once.
func TestTwoGateways(t *testing.T) {
	c := connect(t)
	one, _ := open(t, c, SubscriptionsConfig{})
	two, _ := open(t, c, SubscriptionsConfig{})
	for round := range 5 {
		var tries sync.WaitGroup
		results := make(chan o2.ID, 2)
		for _, s := range []*Subscriptions{one, two} {
			tries.Go(func() {
				n := sample(round)
				got, err := s.Create(t.Context(), n, subscriptionstore.Limits{})
				if d, ok := errors.AsType[*subscriptionstore.DuplicateError](err); ok {
					results <- d.ID
				} else if err != nil {
					t.Errorf("Create: %v", err)
					results <- ""
				} else {
					results <- got.ID
				}
			})
		}
		tries.Wait()
		if a, b := <-results, <-results; a != b {
			t.Errorf("round %d made %s and %s", round, a, b)
		}
		all, err := two.ListTenant(t.Context(), "acme")
		if err != nil || len(all) != round+1 {
			t.Errorf("after round %d there are %d (%v)", round, len(all), err)
		}
	}
}

// TestUnconfirmed has the event log fail between a write and its epoch.
func TestUnconfirmed(t *testing.T) {
	s, e := open(t, connect(t), SubscriptionsConfig{})
	ctx := t.Context()
	one := sample(1)
	e.failWith(store.ErrUnconfirmed)
	if _, err := s.Create(ctx, one, subscriptionstore.Limits{}); !errors.Is(err, store.ErrUnconfirmed) {
		t.Fatalf("Create: %v", err)
	}
	e.failWith(nil)
	again := *one
	again.ID = o2.NewID()
	got, err := s.Create(ctx, &again, subscriptionstore.Limits{PerTenant: 1})
	if err != nil || *got != *one {
		t.Fatalf("the same again is %+v (%v), want the first", got, err)
	}
	if _, err := s.Create(ctx, &again, subscriptionstore.Limits{}); err == nil {
		t.Error("once confirmed, it can be made again")
	}
	changed := *one
	changed.Version, changed.Secret, changed.Callback = 2, "another", "https://elsewhere.example.com"
	e.failWith(store.ErrUnavailable)
	if err := s.Update(ctx, &changed); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Update: %v", err)
	}
	e.failWith(nil)
	if err := s.Update(ctx, &changed); err != nil {
		t.Errorf("the same update again: %v", err)
	}
	secrets, err := s.client.secrets.List(ctx, metav1.ListOptions{})
	if err != nil || len(secrets.Items) != 1 {
		t.Errorf("there are %d Secrets (%v), want the last one", len(secrets.Items), err)
	}
	e.failWith(store.ErrUnavailable)
	if err := s.Delete(ctx, one.ID); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Delete: %v", err)
	}
	before := e.renewed()
	e.failWith(nil)
	// What is owed is paid without anybody's asking.
	eventually(t, "a new epoch", func() bool { return e.renewed() > before })
	if err := s.Delete(ctx, one.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Delete again: %v", err)
	}
}

// TestAnImpostorIsLeftOut names an object by another one's uid.
func TestAnImpostorIsLeftOut(t *testing.T) {
	s, _ := open(t, connect(t), SubscriptionsConfig{})
	ctx := t.Context()
	made, err := s.objects.Create(ctx, applied("smo", map[string]any{"callback": "https://a"}), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.objects.Create(ctx, applied(string(made.GetUID()), map[string]any{"callback": "https://b"}), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	all, _, err := s.All(ctx)
	if err != nil || len(all) != 1 || all[0].Callback != "https://a" {
		t.Errorf("all are %+v (%v)", all, err)
	}
	if got, err := s.Get(ctx, o2.ID(made.GetUID())); err != nil || got.Callback != "https://a" {
		t.Errorf("the one is %+v (%v)", got, err)
	}
}

func TestWithoutTheDefinition(t *testing.T) {
	c := connect(t)
	s := c.NewSubscriptions(SubscriptionsConfig{}, &epochs{}, quiet())
	s.objects = c.dynamic.Resource(subscriptionsResource.GroupVersion().WithResource("nonesuch")).Namespace(c.namespace)
	_, err := s.Get(t.Context(), o2.NewID())
	if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, errNoCRD) {
		t.Errorf("got %v, want to be told what to install", err)
	}
}

func patch(t *testing.T, s *Subscriptions, name, text string) {
	t.Helper()
	if _, err := s.objects.Patch(t.Context(), name, types.MergePatchType, []byte(text), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
}

// acceptance waits for the object's condition.
func acceptance(t *testing.T, s *Subscriptions, name, status, message string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s to be accepted: %s, %s", name, status, message), func() bool {
		r, err := s.get(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Status.Conditions {
			if c.Type == accepted && string(c.Status) == status && c.Message == message && c.ObservedGeneration == r.Generation {
				return true
			}
		}
		return false
	})
}

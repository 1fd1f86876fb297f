package kube

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/cache"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
)

// State is how far one source has come.
type State string

// The states of a source.
const (
	// Pending: not listed yet.
	Pending State = "pending"
	// Synced: listed, and watched since, if need be with interruptions.
	Synced State = "synced"
	// Absent: the cluster has no such API.
	Absent State = "absent"
	// Forbidden: the plugin may not list and watch it. What was read before
	// stays.
	Forbidden State = "forbidden"
)

// How long to wait between attempts. It starts short, because most
// interruptions are, and stays short, because one plugin is no herd.
const (
	firstPause = 200 * time.Millisecond
	lastPause  = 3 * time.Second
)

// feed keeps one source's parts in the model.
type feed struct {
	source
	client  *Client
	model   *inventory.Model
	log     *slog.Logger
	recheck time.Duration
	// changed is called, without the lock, after a change of state.
	changed func()

	mu    sync.Mutex
	state State
	// had tells that the source was synced once, missed how often in a row it
	// was found absent since.
	had    bool
	missed int
	// failing is when requests began to fail, zero while they do not.
	failing time.Time
	err     error
	// reflector is what lists and watches, and watched what.
	reflector *cache.Reflector
	watched   schema.GroupVersionResource
}

// run lists and watches until ctx ends.
func (f *feed) run(ctx context.Context) {
	var reflector *cache.Reflector
	var current schema.GroupVersionResource
	pause := firstPause
	for ctx.Err() == nil {
		gvr, ok, err := f.available(ctx)
		if err != nil {
			f.failed(ctx, err)
			pause = f.sleep(ctx, pause)
			continue
		}
		if !ok {
			sleep(ctx, f.recheckDelay())
			continue
		}
		if reflector == nil || gvr != current {
			reflector, current = f.newReflector(gvr), gvr
			f.mu.Lock()
			f.reflector, f.watched = reflector, gvr
			f.mu.Unlock()
		}
		began := time.Now()
		err = reflector.ListAndWatchWithContext(ctx)
		if time.Since(began) > lastPause {
			pause = firstPause
		}
		switch {
		case ctx.Err() != nil:
			return
		case apierrors.IsForbidden(err):
			// Asked again at once, the server would say the same.
			f.forbidden(err.Error())
			sleep(ctx, f.recheck)
		case err != nil:
			f.failed(ctx, err)
			pause = f.sleep(ctx, pause)
		case time.Since(began) < firstPause:
			pause = f.sleep(ctx, pause)
		}
	}
}

// available finds out whether the source can be read, and says so. Only a server
// that is ready is believed when it says that an API is gone, and only the
// second time if the API was there before: discovery is the last thing that a
// starting server fills.
func (f *feed) available(ctx context.Context) (gvr schema.GroupVersionResource, ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, idTimeout)
	defer cancel()
	gvr = schema.GroupVersionResource{Group: f.group, Version: "v1", Resource: f.resource}
	if !f.builtIn {
		gvr, ok, err = f.client.Served(ctx, f.group, f.version, f.resource)
		if err != nil {
			return gvr, false, err
		}
		if !ok {
			if err := f.client.Ready(ctx); err != nil {
				return gvr, false, err
			}
			f.absent()
			return gvr, false, nil
		}
	}
	missing, err := f.client.Missing(ctx, f.group, f.resource, f.origin.Namespace, "list", "watch")
	if err != nil {
		return gvr, false, err
	}
	if len(missing) > 0 {
		f.forbidden("the plugin lacks the right")
		return gvr, false, nil
	}
	return gvr, true, nil
}

func (f *feed) newReflector(gvr schema.GroupVersionResource) *cache.Reflector {
	calls := f.open(f.client, gvr)
	return cache.NewReflectorWithOptions(&listerWatcher{feed: f, calls: calls}, nil, &store{feed: f}, cache.ReflectorOptions{
		Name:            "netweave",
		TypeDescription: f.resource,
		Backoff:         &wait.Backoff{Duration: firstPause, Cap: lastPause, Factor: 2, Jitter: 0.2, Steps: 10},
	})
}

func (f *feed) setState(s State, had bool) {
	f.mu.Lock()
	same := f.state == s
	f.state, f.missed = s, 0
	f.had = f.had || had
	if s != Pending {
		f.failing, f.err = time.Time{}, nil
	}
	f.mu.Unlock()
	if !same {
		f.changed()
	}
}

func (f *feed) synced() {
	if f.status().State != Synced {
		f.log.Info("watching", "resource", f.name())
	}
	f.setState(Synced, true)
}

func (f *feed) absent() {
	f.mu.Lock()
	f.missed++
	sure := f.missed > 1 || !f.had
	already := f.state == Absent
	f.mu.Unlock()
	if !sure || already {
		// The server has answered, whatever was wrong before.
		f.connected()
		return
	}
	f.log.Info("the cluster has no such API; going on without it", "resource", f.name())
	f.model.Forget(f.origin)
	f.setState(Absent, false)
}

func (f *feed) forbidden(reason string) {
	if f.status().State != Forbidden {
		f.log.Warn("may not be read; going on without it: grant get, list and watch", "resource", f.name(), "reason", reason)
	}
	f.setState(Forbidden, false)
}

// recheckDelay is short while it is not sure that an API is gone.
func (f *feed) recheckDelay() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.missed == 1 && f.had {
		return min(f.recheck, lastPause)
	}
	return f.recheck
}

func (f *feed) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	f.mu.Lock()
	first := f.failing.IsZero()
	if first {
		f.failing = time.Now()
	}
	f.err = err
	f.mu.Unlock()
	if first {
		f.log.Warn("cannot be read; trying again, what is known stays", "resource", f.name(), "error", err)
	}
}

func (f *feed) connected() {
	f.mu.Lock()
	was := f.failing
	f.failing, f.err = time.Time{}, nil
	f.mu.Unlock()
	if !was.IsZero() {
		f.log.Info("can be read again", "resource", f.name(), "after", time.Since(was).Round(time.Millisecond).String())
	}
}

// status is a feed's condition at one moment.
type status struct {
	State State
	// Revoked tells that a source that was read before is now forbidden.
	Revoked bool
	Failing time.Time
	Err     error
}

func (f *feed) status() status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return status{State: f.state, Revoked: f.state == Forbidden && f.had, Failing: f.failing, Err: f.err}
}

func (f *feed) name() string {
	name := f.resource
	if f.group != "" {
		name += "." + f.group
	}
	if f.origin.Namespace != "" {
		name += " in " + f.origin.Namespace
	}
	return name
}

// sleep waits for about the pause and returns the next one.
func (f *feed) sleep(ctx context.Context, pause time.Duration) time.Duration {
	// spreading, no secret
	sleep(ctx, pause+time.Duration(rand.Int64N(int64(pause)/4)))
	return min(2*pause, lastPause)
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// store is where the reflector puts what it hears: the model. Objects are cut
// down before anything keeps them.
type store struct{ feed *feed }

// Transformer cuts objects down while a list streams in.
func (s *store) Transformer() cache.TransformFunc {
	return func(obj any) (any, error) { return s.part(obj) }
}

func (s *store) part(obj any) (inventory.Part, error) {
	o, ok := obj.(runtime.Object)
	if !ok {
		return nil, apierrors.NewInternalError(errNoObject)
	}
	return s.feed.cut(o)
}

// Add puts one object into the model.
func (s *store) Add(obj any) error {
	p, err := s.part(obj)
	if err != nil {
		return err
	}
	s.feed.model.Observe(s.feed.origin, p)
	return nil
}

// Update is Add.
func (s *store) Update(obj any) error { return s.Add(obj) }

// Delete takes one object out of the model.
func (s *store) Delete(obj any) error {
	p, err := s.part(obj)
	if err != nil {
		return err
	}
	s.feed.model.Remove(s.feed.origin, p.Head().UID)
	return nil
}

// Replace makes the list all there is.
func (s *store) Replace(list []any, version string) error {
	parts := make([]inventory.Part, 0, len(list))
	for _, obj := range list {
		p, err := s.part(obj)
		if err != nil {
			return err
		}
		parts = append(parts, p)
	}
	s.feed.model.Replace(s.feed.origin, parts, inventory.ParseVersion(version))
	s.feed.synced()
	return nil
}

// Resync has nothing to do.
func (s *store) Resync() error { return nil }

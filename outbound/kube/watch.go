package kube

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

const (
	// defaultLookAgain is how often every object is judged anew: its Secret may
	// have changed, which nothing tells.
	defaultLookAgain = time.Minute
	// complainAgain is how often a watch that fails is logged.
	complainAgain = time.Minute
)

// Run watches the objects until ctx ends, and returns its error. It may be
// called once. The store works without it, but is slower to find what was
// applied with kubectl, and says nothing to anybody of its changes.
func (s *Subscriptions) Run(ctx context.Context) error {
	ctx = klog.NewContext(ctx, logr.Discard())
	seen := newSightings()
	informer := dynamicinformer.NewFilteredDynamicInformer(
		s.client.dynamic, subscriptionsResource, s.client.namespace, s.lookAgain, cache.Indexers{}, nil).Informer()
	var complained time.Time
	err := informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
		if now := s.now(); ctx.Err() == nil && now.Sub(complained) >= complainAgain {
			complained = now
			s.log.Warn("subscriptions cannot be watched at the moment", "error", unavailable("watch", err))
		}
	})
	if err != nil {
		return fmt.Errorf("watch subscriptions: %w", err)
	}
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { s.sight(seen, o, false) },
		UpdateFunc: func(_, o any) { s.sight(seen, o, false) },
		DeleteFunc: func(o any) { s.sight(seen, o, true) },
	})
	if err != nil {
		return fmt.Errorf("watch subscriptions: %w", err)
	}
	var running sync.WaitGroup
	running.Go(func() { informer.RunWithContext(ctx) })
	defer running.Wait()
	if cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		s.names.setComplete(true)
		defer s.names.setComplete(false)
		s.follow(ctx, seen)
	}
	return ctx.Err()
}

// sight takes in what the informer tells.
func (s *Subscriptions) sight(seen *sightings, o any, gone bool) {
	if last, ok := o.(cache.DeletedFinalStateUnknown); ok {
		o = last.Obj
	}
	u, ok := o.(*unstructured.Unstructured)
	if !ok {
		return
	}
	r, err := decode(u)
	if err != nil {
		s.log.Warn("a subscription's object cannot be read", "error", err)
		return
	}
	if gone {
		s.names.remove(r)
	} else {
		s.names.add(r)
	}
	seen.add(sighting{resource: r, gone: gone})
}

// sighting is an object as it was seen last.
type sighting struct {
	*resource
	gone bool
}

// sightings are those that nobody has looked at yet, one an object.
type sightings struct {
	mu     sync.Mutex
	latest map[types.UID]sighting
	// more has room for one: there are some.
	more chan struct{}
}

func newSightings() *sightings {
	return &sightings{latest: map[types.UID]sighting{}, more: make(chan struct{}, 1)}
}

func (s *sightings) add(one sighting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest[one.UID] = one
	select {
	case s.more <- struct{}{}:
	default:
	}
}

func (s *sightings) take() map[types.UID]sighting {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.latest
	s.latest = map[types.UID]sighting{}
	return taken
}

package kube

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/sdk"
)

// What a server that is ready has stored, a watch may not have told yet: its
// stream may be held up on its way, and a server's own cache may be behind its
// store. So the metadata of the first few objects of each source are read from
// the store and compared with the model.
//
// That is all of a source of comparePage objects at most, which are then known to
// be current. Of a greater one the rest is taken to be current once the watch has
// come to the version of the list. The watch of a source in which nothing happens
// is told of that version about once a minute only, so it is not waited for longer
// than lull: what a watch of a great source holds back for longer is not noticed.
const (
	comparePage = 100
	lull        = 250 * time.Millisecond
	// behindAfter is how long a watch may take to tell what the store holds.
	behindAfter = 2 * time.Second
	compareTick = 10 * time.Millisecond
)

var errBehind = errors.New("its watch has not told yet what the cluster holds")

// current waits until the model holds what the cluster holds now, as far as one
// page of each source tells.
func (f *Feeds) current(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, behindAfter, errBehind)
	defer cancel()
	errs := make([]error, len(f.feeds))
	var wg sync.WaitGroup
	for i, one := range f.feeds {
		if one.status().State == Synced {
			wg.Go(func() { errs[i] = one.catchUp(ctx) })
		}
	}
	wg.Wait()
	return cmp.Or(errs...)
}

// catchUp waits until the model has what a page of the source, read now, tells.
func (f *feed) catchUp(ctx context.Context) error {
	gvr, reached := f.progress()
	list, err := f.client.metadata.Resource(gvr).Namespace(f.origin.Namespace).List(ctx, metav1.ListOptions{Limit: comparePage})
	switch {
	case apierrors.IsNotFound(err) || apierrors.IsForbidden(err):
		return nil // the feed itself finds out, and is sure of it
	case err != nil:
		return f.behind(ctx, err)
	}
	page := inventory.Page{Versions: make(map[string]uint64, len(list.Items)), At: inventory.ParseVersion(list.ResourceVersion), Whole: list.Continue == ""}
	for i := range list.Items {
		page.Versions[string(list.Items[i].UID)] = inventory.ParseVersion(list.Items[i].ResourceVersion)
	}
	tick := time.NewTicker(compareTick)
	defer tick.Stop()
	for began := time.Now(); ; {
		quiet := page.Whole || reached() >= page.At || time.Since(began) >= lull
		if quiet && f.model.Holds(f.origin, page) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return f.behind(ctx, ctx.Err())
		}
	}
}

func (f *feed) behind(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errBehind) {
		return sdk.Errorf(sdk.Unavailable, "reading %s: %w", f.name(), errBehind)
	}
	return Error("reading "+f.name(), err)
}

// progress returns what the feed watches and how far its watch has come.
func (f *feed) progress() (gvr schema.GroupVersionResource, reached func() uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	reflector := f.reflector
	return f.watched, func() uint64 { return inventory.ParseVersion(reflector.LastSyncResourceVersion()) }
}

package kube

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// listerWatcher is what the reflector asks.
type listerWatcher struct {
	feed  *feed
	calls calls
}

// ListWithContext lists everything, as parts.
func (l *listerWatcher) ListWithContext(ctx context.Context, opts metav1.ListOptions) (runtime.Object, error) {
	list, err := l.feed.list(ctx, l.calls.list, opts)
	if err != nil && !apierrors.IsForbidden(err) {
		l.feed.failed(ctx, err)
	}
	return list, err
}

// WatchWithContext opens a watch.
func (l *listerWatcher) WatchWithContext(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
	w, err := l.calls.watch(ctx, opts)
	if err != nil {
		if !apierrors.IsForbidden(err) {
			l.feed.failed(ctx, err)
		}
		return nil, err
	}
	l.feed.connected()
	return w, nil
}

// IsWatchListSemanticsUnSupported keeps the reflector from asking for the first
// list as a stream of events where a list needs no more memory: of custom
// resources such a stream costs the server two to three times as much.
func (l *listerWatcher) IsWatchListSemanticsUnSupported() bool { return l.feed.whole }

// list lists everything: in one piece where the source can take it, since a
// server answers that from memory and pages from its store, and else in pages.
func (f *feed) list(ctx context.Context, list func(context.Context, metav1.ListOptions) (runtime.Object, error), opts metav1.ListOptions) (runtime.Object, error) {
	if !f.whole {
		return listParts(ctx, f.source, list, opts)
	}
	// "0" may be older than what was written through a plugin before this one.
	if opts.ResourceVersion == "0" {
		opts.ResourceVersion = ""
	}
	opts.Limit, opts.Continue = 0, ""
	return list(ctx, opts)
}

// List is for callers without a context, of which there are none.
func (l *listerWatcher) List(opts metav1.ListOptions) (runtime.Object, error) {
	return l.ListWithContext(context.Background(), opts)
}

// Watch is for callers without a context, of which there are none.
func (l *listerWatcher) Watch(opts metav1.ListOptions) (watch.Interface, error) {
	return l.WatchWithContext(context.Background(), opts)
}

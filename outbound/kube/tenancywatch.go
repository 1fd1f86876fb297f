package kube

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// Run watches the objects until ctx ends, and returns its error. It may be
// called once. The store works without it, but does not notice what was written
// past it.
func (s *Tenancy) Run(ctx context.Context) error {
	ctx = klog.NewContext(ctx, logr.Discard())
	var complained atomic.Int64
	var informers []cache.SharedIndexInformer
	for _, kind := range tenancyKinds {
		informer := dynamicinformer.NewFilteredDynamicInformer(
			s.client.dynamic, kind.resource, s.client.namespace, 0, cache.Indexers{}, nil).Informer()
		if err := s.watch(ctx, informer, &complained); err != nil {
			return fmt.Errorf("watch tenants, users and roles: %w", err)
		}
		informers = append(informers, informer)
	}
	var running sync.WaitGroup
	for _, informer := range informers {
		running.Go(func() { informer.RunWithContext(ctx) })
	}
	running.Wait()
	return ctx.Err()
}

// watch has an informer count changes, and keep no more of the objects than
// tells one from the next.
func (s *Tenancy) watch(ctx context.Context, informer cache.SharedIndexInformer, complained *atomic.Int64) error {
	err := informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
		now, last := time.Now().UnixNano(), complained.Load()
		if ctx.Err() == nil && now-last >= int64(complainAgain) && complained.CompareAndSwap(last, now) {
			s.log.Warn("tenants, users and roles cannot be watched at the moment", "error", lacking("watch", err))
		}
	})
	if err != nil {
		return err
	}
	err = informer.SetTransform(func(o any) (any, error) {
		u, ok := o.(*unstructured.Unstructured)
		if !ok {
			return o, nil
		}
		slim := &unstructured.Unstructured{}
		slim.SetNamespace(u.GetNamespace())
		slim.SetName(u.GetName())
		slim.SetUID(u.GetUID())
		slim.SetResourceVersion(u.GetResourceVersion())
		slim.SetGeneration(u.GetGeneration())
		slim.SetDeletionTimestamp(u.GetDeletionTimestamp())
		return slim, nil
	})
	if err != nil {
		return err
	}
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { s.seen.Add(1) },
		DeleteFunc: func(any) { s.seen.Add(1) },
		UpdateFunc: func(before, after any) {
			if isChange(before, after) {
				s.seen.Add(1)
			}
		},
	})
	return err
}

// isChange tells a change of what is recorded from one of an object's metadata.
func isChange(before, after any) bool {
	b, ok := before.(*unstructured.Unstructured)
	a, also := after.(*unstructured.Unstructured)
	return !ok || !also || a.GetUID() != b.GetUID() || a.GetGeneration() != b.GetGeneration() ||
		(a.GetDeletionTimestamp() == nil) != (b.GetDeletionTimestamp() == nil)
}

package sdktest

import (
	"context"
	"errors"
	"fmt"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/protocol"
)

var watchChecks = []check{
	{name: "a watch begins with a whole snapshot", needs: []string{protocol.CapRealTimeEvents}, run: watchSnapshot},
	{name: "a watch ends when it is told to and can be had again", needs: []string{protocol.CapRealTimeEvents}, run: watchEnds},
	{name: "a watch ends when its events fail", needs: []string{protocol.CapRealTimeEvents}, run: watchFails},
	{name: "a watch tells of pools", needs: []string{protocol.CapRealTimeEvents, protocol.CapResourcePoolCreate}, writes: true, run: watchPools},
	{name: "a watch tells of resources", needs: []string{protocol.CapRealTimeEvents, protocol.CapResourceCreate}, writes: true, run: watchResources},
}

// watching is a Watch under way.
type watching struct {
	*recorder
	subject *subject
	cancel  context.CancelFunc
	done    chan error
	// reported tells that the watch ended by itself and that this was said.
	reported bool
}

func (s *subject) watch(ctx context.Context) *watching {
	return s.watchInto(ctx, newRecorder())
}

func (s *subject) watchInto(ctx context.Context, r *recorder) *watching {
	ctx, cancel := context.WithCancel(ctx)
	w := &watching{recorder: r, subject: s, cancel: cancel, done: make(chan error, 1)}
	go func() {
		w.done <- contained("Watch", func() error { return s.Backend.(sdk.Watcher).Watch(ctx, r) })
	}()
	return w
}

// end cancels the watch and complains if it does not end as it must.
func (w *watching) end() error {
	w.cancel()
	if w.reported {
		return nil
	}
	return within(prompt, "Watch", func() error {
		err := <-w.done
		if err == nil {
			return errors.New("the watch returned nil when its context ended: return ctx.Err()")
		}
		if !errors.Is(err, context.Canceled) {
			return fmt.Errorf("the watch returned %w when its context ended: return ctx.Err()", err)
		}
		return nil
	})
}

// until waits for f as eventually does, and complains if the watch ends first.
func (w *watching) until(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	held := make(chan error, 1)
	go func() { held <- w.subject.eventually(ctx, f) }()
	select {
	case err := <-held:
		return err
	case err := <-w.done:
		w.reported = true
		cancel()
		<-held //nolint:errcheck // the watch's end explains whatever it is
		return fmt.Errorf("the watch ended by itself: %w", errOr(err, "it returned nil"))
	}
}

func errOr(err error, words string) error {
	if err == nil {
		return errors.New(words)
	}
	return err
}

func watchSnapshot(ctx context.Context, s *subject) error {
	w := s.watch(ctx)
	if err := w.until(ctx, w.ready); err != nil {
		return errors.Join(err, w.end())
	}
	// What lists yield and what the watch has told may each be the older for a
	// moment: they must come to agree.
	err := w.until(ctx, func() error { return watchAgrees(ctx, s, w.recorder) })
	return errors.Join(err, w.end())
}

func watchAgrees(ctx context.Context, s *subject, r *recorder) error {
	for _, k := range s.kinds() {
		told, covered := r.of(k.kind)
		if !covered {
			continue // a kind that the backend cannot read at present
		}
		listed, err := k.byID(ctx, sdk.ListOptions{})
		if err != nil {
			return err
		}
		if err := sameIDs("Watch and "+k.listName(), told, listed, "both must tell of every object"); err != nil {
			return err
		}
		for id, o := range listed {
			where, err := differs(told[id], o)
			if err != nil {
				return err
			}
			if where != "" {
				return fmt.Errorf("the watch and %s do not agree on %s: %s", k.listName(), called(o), where)
			}
		}
	}
	return nil
}

func watchEnds(ctx context.Context, s *subject) error {
	for range 2 {
		w := s.watch(ctx)
		err := w.until(ctx, w.ready)
		if err := errors.Join(err, w.end()); err != nil {
			return err
		}
	}
	return nil
}

func watchFails(ctx context.Context, s *subject) error {
	refused := errors.New("sdktest refuses events")
	r := newRecorder()
	r.refuse = refused
	w := s.watchInto(ctx, r)
	defer w.cancel()
	return within(s.options.Settle, "Watch whose Events return errors", func() error {
		if err := <-w.done; err == nil {
			return errors.New("the watch returned nil though its Events had returned an error: return that error")
		}
		return nil
	})
}

func watchPools(ctx context.Context, s *subject) (err error) {
	w := s.watch(ctx)
	defer func() { err = errors.Join(err, w.end()) }()
	if err := w.until(ctx, w.ready); err != nil {
		return err
	}
	_, made, drop, err := s.createPool(ctx)
	if drop != nil {
		defer func() { err = errors.Join(err, drop()) }()
	}
	if err != nil {
		return err
	}
	if err := w.until(ctx, func() error { return told(w, made, nil, "CreateResourcePool") }); err != nil {
		return err
	}
	if s.capabilities[protocol.CapResourcePoolUpdate] {
		updated, keys, err := s.updatePool(ctx, made.ID)
		if err != nil {
			return err
		}
		if err := w.until(ctx, func() error { return told(w, updated, keys, "UpdateResourcePool") }); err != nil {
			return err
		}
	}
	if !s.capabilities[protocol.CapResourcePoolDelete] {
		return nil
	}
	if err := s.Backend.(sdk.ResourcePoolDeleter).DeleteResourcePool(ctx, made.ID); err != nil {
		return fmt.Errorf("DeleteResourcePool of %q failed: %w", made.ID, err)
	}
	return w.until(ctx, func() error { return untold(w, made, "DeleteResourcePool") })
}

func watchResources(ctx context.Context, s *subject) (err error) {
	w := s.watch(ctx)
	defer func() { err = errors.Join(err, w.end()) }()
	if err := w.until(ctx, w.ready); err != nil {
		return err
	}
	_, made, drop, err := s.createResource(ctx)
	if drop != nil {
		defer func() { err = errors.Join(err, drop()) }()
	}
	if err != nil {
		return err
	}
	err = w.until(ctx, func() error {
		if w.get(sdk.KindResource, made.ID) == nil {
			return fmt.Errorf("the watch has not told of %s, which CreateResource returned: Put what a write changes into a watch under way, too", called(made))
		}
		return nil
	})
	if err != nil || !s.capabilities[protocol.CapResourceDelete] {
		return err
	}
	if err := s.Backend.(sdk.ResourceDeleter).DeleteResource(ctx, made.ID); err != nil {
		return fmt.Errorf("DeleteResource of %q failed: %w", made.ID, err)
	}
	return w.until(ctx, func() error { return untold(w, made, "DeleteResource") })
}

// told complains unless the watch has told of a pool as a write returned it.
func told(w *watching, pool *sdk.ResourcePool, keys []string, method string) error {
	got, _ := w.get(sdk.KindResourcePool, pool.ID).(*sdk.ResourcePool)
	if got == nil {
		return fmt.Errorf("the watch has not told of %s, which %s returned: Put what a write changes into a watch under way, too", called(pool), method)
	}
	where, err := looksLike(pool, got, keys)
	if err != nil {
		return err
	}
	if where != "" {
		return fmt.Errorf("the watch has not told of %s as %s returned it: %s", called(pool), method, where)
	}
	return nil
}

func untold(w *watching, o sdk.Object, method string) error {
	if w.get(o.ObjectKind(), o.Common().ID) != nil {
		return fmt.Errorf("the watch has not told that %s is gone after %s: call Delete with its kind and id", called(o), method)
	}
	return nil
}

package sdktest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netweave/netweave/sdk"
)

// prompt is how soon a method must return once its context has ended.
const prompt = 5 * time.Second

var callChecks = []check{
	{name: "lists can be left early", run: leftEarly},
	{name: "a cancelled list does not pass for a whole one", run: cancelledLists},
	{name: "calls return when their context has ended", run: cancelledCalls},
	{name: "calls run beside one another", run: concurrentCalls},
}

func healthyAndCloses(ctx context.Context, s *subject) error {
	if err := s.Health(ctx); err != nil {
		return errors.Join(fmt.Errorf("calling Health failed though the infrastructure is there: %w", err), s.Close())
	}
	if err := s.Close(); err != nil {
		return fmt.Errorf("calling Close failed: %w", err)
	}
	return nil
}

func leftEarly(ctx context.Context, s *subject) error {
	for _, k := range s.kinds() {
		items := k.list(ctx, sdk.ListOptions{})
		if items == nil {
			return fmt.Errorf("%s returned nil: return an iteration, sdk.List makes one", k.listName())
		}
		left, after := false, false
		items(func(sdk.Object, error) bool {
			if left {
				after = true
			}
			left = true
			return false
		})
		if after {
			return fmt.Errorf("%s went on after yield had returned false: it must stop there", k.listName())
		}
		if _, err := k.all(ctx, sdk.ListOptions{}); err != nil {
			return fmt.Errorf("after a list was left early the next went wrong: %w", err)
		}
	}
	return nil
}

func cancelledLists(ctx context.Context, s *subject) error {
	for _, k := range s.kinds() {
		if err := again(func() error { return cancelledList(ctx, k) }); err != nil {
			return err
		}
	}
	return nil
}

func cancelledList(ctx context.Context, k kindMethods) error {
	whole, err := k.all(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	count, failed := 0, false
	err = within(prompt, k.listName(), func() error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for _, err := range k.list(ctx, sdk.ListOptions{}) {
			if err != nil {
				failed = true
				break
			}
			count++
			cancel()
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !failed && count < len(whole) {
		return fmt.Errorf("%s ended without an error after %d of %d objects when its context was cancelled: "+
			"yield the context's error, since what ends without one counts as a whole list", k.listName(), count, len(whole))
	}
	return nil
}

func cancelledCalls(ctx context.Context, s *subject) error {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	calls := map[string]func(){
		"Health": func() { _ = s.Health(ctx) },
	}
	for _, k := range s.kinds() {
		calls[k.getName()] = func() { _, _ = k.get(ctx, "sdktest-no-such-id") }
		calls[k.listName()] = func() {
			for _, err := range k.list(ctx, sdk.ListOptions{}) {
				_ = err // that it comes to an end is all that matters
			}
		}
	}
	for name, call := range calls {
		err := within(prompt, name+" with a context that has ended", func() error {
			call()
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func concurrentCalls(ctx context.Context, s *subject) error {
	const callers = 8
	results := make(chan error, callers)
	for range callers {
		go func() {
			results <- contained("a method", func() error { return readEverything(ctx, s) })
		}()
	}
	var all []error
	for range callers {
		all = append(all, <-results)
	}
	if err := errors.Join(all...); err != nil {
		return fmt.Errorf("with %d callers at once: %w", callers, err)
	}
	return nil
}

func readEverything(ctx context.Context, s *subject) error {
	if err := s.Health(ctx); err != nil {
		return fmt.Errorf("calling Health failed: %w", err)
	}
	for _, k := range s.kinds() {
		objects, err := k.all(ctx, sdk.ListOptions{})
		if err != nil {
			return err
		}
		if len(objects) == 0 {
			continue
		}
		last := objects[len(objects)-1].Common().ID
		if _, err := k.one(ctx, last); err != nil && !isNotFound(err) {
			return err
		}
	}
	return nil
}

package storetest

import "sync"

// AtOnce calls fn n times at once and returns the errors.
func AtOnce(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() { errs[i] = fn(i) })
	}
	running.Wait()
	return errs
}

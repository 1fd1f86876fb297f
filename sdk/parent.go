package sdk

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// parentInterval is how often a plugin looks whether its parent still lives.
const parentInterval = time.Second

// watchParent calls gone, once, when the parent process is no longer the one it
// was: the kernel gives orphans to another. stop ends the watch and waits for it.
func watchParent(parent func() int, interval time.Duration, gone func()) (stop func()) {
	born := parent()
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				if parent() != born {
					gone()
					return
				}
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
	}
}

// surviveBrokenPipes keeps a log line to a host that has died from ending the
// process before the backend is closed: Go ends a program that writes to a
// broken standard error unless it has asked for the signal. Unlike ignoring it,
// asking is not passed on to the plugin's own child processes.
func surviveBrokenPipes() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGPIPE)
}

package polling

import (
	"context"

	"github.com/netweave/netweave/ports/store"
)

// leadership is one time of leading.
type leadership struct{ fence store.Token }

// Lead has this process list the backends until ctx ends, and publish what it
// listed under that fence.
func (p *Poller) Lead(ctx context.Context, fence store.Token) {
	l := &leadership{fence: fence}
	p.set(func() { p.leading = l })
	<-ctx.Done()
	p.set(func() {
		if p.leading == l {
			p.leading = nil
		}
	})
}

func (p *Poller) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	close(p.changed)
	p.changed = make(chan struct{})
}

// present returns the leadership, nil for none, and what is closed when it changes.
func (p *Poller) present() (*leadership, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.leading, p.changed
}

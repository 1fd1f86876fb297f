package polling

import (
	"context"

	"github.com/netweave/netweave/ports/bus"
)

// Listen hears of others' snapshots until ctx ends; it returns ctx.Err().
func (p *Poller) Listen(ctx context.Context) error {
	return p.config.Bus.Listen(ctx, []bus.Topic{bus.Snapshots}, func(m bus.Message) {
		if m.Missed {
			p.doubt()
			p.News()
			return
		}
		if l, _ := p.present(); l == nil {
			p.Prompt(string(m.Body))
		}
	})
}

// News has every backend's latest snapshot looked for at once, unless it is this
// process that lists.
func (p *Poller) News() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.leading != nil {
		return
	}
	for _, s := range p.backends {
		s.wake()
	}
}

// doubt has the latest snapshots compared with those known, and not only by their
// versions: behind a loss of news there may be a store that lost something.
func (p *Poller) doubt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.backends {
		s.doubtful.Store(true)
	}
}

// Prompt has a backend listed, or its latest snapshot looked for, at once.
func (p *Poller) Prompt(backend string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.backends[backend]; s != nil {
		s.wake()
	}
}

func (s *subject) wake() {
	select {
	case s.prompt <- struct{}{}:
	default: // it is awake
	}
}

package alarm

import (
	"context"
	"time"

	"github.com/netweave/netweave/ports/backend"
)

// remindMost bounds how many acknowledgements a backend is reminded of at once.
const remindMost = 8

// heard are the alarms of which one process of a backend has been told here that an
// operator knows of them. Another process of it knows nothing of that.
type heard struct {
	since                  time.Time
	restarts, replacements int
	alarms                 map[string]bool
}

// heardOf returns what the present process of a backend has been told. s.mu is held.
func (s *Sources) heardOf(b backend.Backend) *heard {
	info := b.Info()
	h := s.heard[b.Name()]
	if h == nil || !h.since.Equal(info.Since) || h.restarts != info.Restarts || h.replacements != info.Replacements {
		h = &heard{since: info.Since, restarts: info.Restarts, replacements: info.Replacements, alarms: map[string]bool{}}
		if s.heard == nil {
			s.heard = map[string]*heard{}
		}
		s.heard[b.Name()] = h
	}
	return h
}

// remind tells a backend of acknowledged alarms that it still reports, if its
// present process has not been told of them here: the process that was told may be
// another gateway's, or have ended.
func (s *Sources) remind(ctx context.Context, b backend.Backend, acknowledged []string) {
	var missing []string
	s.mu.Lock()
	h := s.heardOf(b)
	kept := make(map[string]bool, len(acknowledged))
	for _, native := range acknowledged {
		switch {
		case h.alarms[native]:
			kept[native] = true
		case len(missing) < remindMost:
			missing = append(missing, native)
		}
	}
	h.alarms = kept
	s.mu.Unlock()
	for _, native := range missing {
		s.acknowledged(ctx, b.Name(), native)
	}
}

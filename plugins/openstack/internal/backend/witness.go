package backend

import (
	"context"
	"sync"

	"github.com/netweave/netweave/plugins/openstack/internal/api"
	"github.com/netweave/netweave/sdk"
)

// doubted is how many of the servers that a list lacks are asked for.
const doubted = 8

// witness remembers which servers were listed. What is missing from a list is
// deleted in netweave; so some that are, are asked for by id, and a list that lacks
// what is there is no list. It is how half a list is found out that says of itself
// that it is whole.
type witness struct {
	mu    sync.Mutex
	known map[string]bool
}

// hear checks a list before it is believed.
func (w *witness) hear(ctx context.Context, client *api.Client, servers []api.Server) error {
	listed := make(map[string]bool, len(servers))
	for i := range servers {
		listed[servers[i].ID] = true
	}
	w.mu.Lock()
	var missing []string
	for id := range w.known {
		if !listed[id] && len(missing) < doubted {
			missing = append(missing, id)
		}
	}
	w.mu.Unlock()
	for _, id := range missing {
		s, err := client.Server(ctx, id)
		switch {
		case isNotFound(err):
		case err != nil:
			return err
		case !s.Going():
			return sdk.Errorf(sdk.Unavailable, "listing the servers: the list lacks the server %q, which is there: it is not believed", id)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known = listed
	return nil
}

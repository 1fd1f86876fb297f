package inventory

import (
	"context"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/routes"
)

// Router decides which backends a list covers and which one a create goes to.
// core/routing has the one that reads rules. It is asked from many goroutines
// at once.
type Router interface {
	// ForList returns the names of the backends that a list covers; all means
	// every attached one. standing tells how a backend stands: attached at all,
	// read at least once, and not stale.
	ForList(kind o2.Kind, filter *query.Filter, standing func(name string) (attached, synced, fresh bool)) (names []string, all bool)
	// ForCreate returns the name of the backend that o goes to, "" for none.
	ForCreate(o o2.Object, standing func(name string) (attached, synced, fresh bool)) string
	// Explain says what the others would decide, and why. attached are the names of
	// all backends, sorted.
	Explain(q routes.Question, attached []string, standing func(name string) (attached, synced, fresh bool)) routes.Explanation
}

var _ routes.Routes = (*Service)(nil)

// Explain says where a request would go now, and why.
func (s *Service) Explain(ctx context.Context, sc scope.Scope, q routes.Question) (routes.Explanation, error) {
	if !sc.Valid() {
		return routes.Explanation{}, authz.ErrDenied
	}
	if _, err := s.authorizer.Authorize(ctx, sc, authz.Request{Resource: authz.Route, Action: authz.ActionRead}); err != nil {
		return routes.Explanation{}, err
	}
	var attached []string
	for _, v := range s.shelf.views() {
		attached = append(attached, v.backend)
	}
	return s.routes().Explain(q, attached, s.standing), nil
}

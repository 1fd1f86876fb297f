// Package authztest is the conformance suite of the authz port: what every
// Authorizer owes its callers, whatever its policy. An implementation's test
// calls [Run] with one authorizer, a caller that it admits and some that it
// does not.
package authztest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
)

// Case is one implementation under test.
type Case struct {
	Authorizer authz.Authorizer
	// Admitted may do everything of the permission model.
	Admitted scope.Identity
	// Refused may do nothing; the zero scope is always tried as well.
	Refused []scope.Identity
}

// Run holds the authorizer to the port's contract.
func Run(t *testing.T, c Case) {
	t.Helper()
	requests := everyRequest()

	t.Run("the admitted caller may do everything", func(t *testing.T) {
		for _, r := range requests {
			sc, err := c.Authorizer.Authorize(t.Context(), scope.New(c.Admitted), r)
			if err != nil {
				t.Errorf("%s of %s: got %v, want nil", r.Action, r.Resource, err)
				continue
			}
			if sc.Reach() == 0 || sc.User() != c.Admitted.User || sc.Tenant() != c.Admitted.Tenant {
				t.Errorf("%s of %s: got the scope of %q in %q with reach %d, want the caller's own with some reach",
					r.Action, r.Resource, sc.User(), sc.Tenant(), sc.Reach())
			}
		}
	})

	refused := []scope.Scope{{}}
	for _, id := range c.Refused {
		refused = append(refused, scope.New(id))
	}
	for i, sc := range refused {
		t.Run(fmt.Sprintf("refused caller %d may do nothing", i), func(t *testing.T) {
			for _, r := range requests {
				got, err := c.Authorizer.Authorize(t.Context(), sc, r)
				if got.Reach() != 0 {
					t.Errorf("%s of %s: refused, and yet with reach %d", r.Action, r.Resource, got.Reach())
				}
				if !errors.Is(err, authz.ErrDenied) {
					t.Errorf("%s of %s: got %v, want an error that wraps ErrDenied", r.Action, r.Resource, err)
					continue
				}
				if text := err.Error(); !strings.Contains(text, string(r.Action)) || !strings.Contains(text, r.Resource) {
					t.Errorf("%q does not say that %s of %s was refused", text, r.Action, r.Resource)
				}
			}
		})
	}

	t.Run("an ended context admits nobody who is refused", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, r := range requests {
			if _, err := c.Authorizer.Authorize(ctx, scope.Scope{}, r); err == nil {
				t.Errorf("%s of %s: the zero scope was admitted", r.Action, r.Resource)
			}
		}
	})

	t.Run("concurrent callers get their own answers", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for _, r := range requests {
					if _, err := c.Authorizer.Authorize(t.Context(), scope.New(c.Admitted), r); err != nil {
						t.Errorf("admitted: %s of %s: got %v, want nil", r.Action, r.Resource, err)
					}
					if _, err := c.Authorizer.Authorize(t.Context(), scope.Scope{}, r); !errors.Is(err, authz.ErrDenied) {
						t.Errorf("zero scope: %s of %s: got %v, want ErrDenied", r.Action, r.Resource, err)
					}
				}
			})
		}
		wg.Wait()
	})
}

func everyRequest() []authz.Request {
	var all []authz.Request
	for _, kind := range o2.Kinds() {
		for _, action := range authz.Actions() {
			all = append(all, authz.Request{Resource: kind.String(), Action: action})
		}
	}
	return all
}

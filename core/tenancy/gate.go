package tenancy

import (
	"fmt"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
)

// Admit is as in tenancy.Gate. A user of whom nothing is known is admitted, and
// holds no role. Who is refused is not told why, so that nobody learns from it
// which tenants and users there are.
func (d *Directory) Admit(sc scope.Scope) error {
	s := d.now.Load()
	if !s.loaded {
		return fmt.Errorf("tenants and users are not known yet: %w", store.ErrUnavailable)
	}
	h := s.homes[sc.Home()]
	if !sc.Valid() || sc.User() == "" || !h.active() || h.id == scope.PlatformTenant && !sc.Platform() || h.disabled(sc.User()) {
		return tenancy.ErrNotAdmitted
	}
	return nil
}

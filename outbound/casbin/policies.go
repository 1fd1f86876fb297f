package casbin

import (
	"fmt"
	"sync"

	"github.com/casbin/casbin/v2/model"

	"github.com/netweave/netweave/core/o2"
)

// policies are the enforcers of the tenants, by the tenant they are kept under.
type policies struct {
	template model.Model

	mu       sync.Mutex
	byTenant map[string]*slot
}

// slot has one tenant's enforcer. Whoever makes it holds the lock, so that others
// wait for it and do not make another.
type slot struct {
	mu     sync.Mutex
	roles  []*o2.Role
	policy *policy
}

func newPolicies() (*policies, error) {
	template, err := model.NewModelFromString(modelText)
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	return &policies{template: template, byTenant: map[string]*slot{}}, nil
}

// of returns the enforcer of a tenant whose roles these are: the one that is
// there, unless they have changed.
func (p *policies) of(tenant string, roles []*o2.Role) (*policy, error) {
	p.mu.Lock()
	s := p.byTenant[tenant]
	if s == nil {
		s = &slot{}
		p.byTenant[tenant] = s
	}
	p.mu.Unlock()

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.policy == nil || !sameRoles(s.roles, roles) {
		made, err := newPolicy(p.template, roles)
		if err != nil {
			return nil, err
		}
		s.policy = made
	}
	s.roles = roles // the directory's own, so that only one copy is kept
	return s.policy, nil
}

// retain drops the enforcers of tenants that are not known any more.
func (p *policies) retain(known func(tenant string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for tenant := range p.byTenant {
		if !known(tenant) {
			delete(p.byTenant, tenant)
		}
	}
}

package inventory

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/quota"
)

// mostSizes bounds the table: tenants may make sizes up.
const mostSizes = 10_000

// sizeTable keeps one copy of each size: there are few, and many objects of each. It
// belongs to the shelf's lock.
type sizeTable map[quota.Size]*quota.Size

// of returns the size that an object tells of itself, nil if none.
func (s sizeTable) of(o o2.Object) *quota.Size {
	if kind := o.Kind(); s == nil || kind != o2.KindResource && kind != o2.KindResourceType {
		return nil
	}
	size, ok := quota.SizeOf(o.Head().Extensions)
	if !ok {
		return nil
	}
	kept := s[size]
	if kept == nil {
		kept = &size
		if len(s) < mostSizes {
			s[size] = kept
		}
	}
	return kept
}

// Count returns what each tenant has in the views: pools, resources and what these
// take. What is the platform's or everyone's is nobody's in particular. Sizes are
// known only where quotas are kept. It may be called at any time.
func (s *Service) Count() map[string]o2.Amounts {
	all := map[string]o2.Amounts{}
	for _, v := range s.shelf.views() {
		count(all, &v.state.Load().kinds)
	}
	return all
}

func count(all map[string]o2.Amounts, kinds *[o2.KindCount]kindState) {
	for b := range kinds[o2.KindResourcePool].byTenant.all() {
		if owner := b.key.tenant; isTenant(owner) {
			all[owner] = quota.Sum(all[owner], o2.Amounts{ResourcePools: int64(b.entries.len)})
		}
	}
	for b := range kinds[o2.KindResource].byTenant.all() {
		if owner := b.key.tenant; isTenant(owner) {
			all[owner] = quota.Sum(all[owner], resourcesOf(kinds, owner, &b.entries))
		}
	}
}

// CountOf returns what Count has for one tenant.
func (s *Service) CountOf(owner string) (sum o2.Amounts) {
	key := bucketKey{tenant: owner}
	for _, v := range s.shelf.views() {
		kinds := &v.state.Load().kinds
		if b, ok := kinds[o2.KindResourcePool].byTenant.get(key); ok {
			sum = quota.Sum(sum, o2.Amounts{ResourcePools: int64(b.entries.len)})
		}
		if b, ok := kinds[o2.KindResource].byTenant.get(key); ok {
			sum = quota.Sum(sum, resourcesOf(kinds, owner, &b.entries))
		}
	}
	return sum
}

// resourcesOf is what owner's resources take.
func resourcesOf(kinds *[o2.KindCount]kindState, owner string, list *entries) o2.Amounts {
	size, silent := quota.Size{}, map[o2.ID]int64{}
	for e := range list.all() {
		if e.size != nil {
			size = size.Plus(e.size)
		} else if r, ok := e.object.(*o2.Resource); ok {
			silent[r.ResourceTypeID]++
		}
	}
	sum := size.Amounts(1)
	sum.Resources = int64(list.len)
	for typ, n := range silent {
		others := typeSize(kinds, typ, owner).Amounts(n)
		others.Resources = 0
		sum = quota.Sum(sum, others)
	}
	return sum
}

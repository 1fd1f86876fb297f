package inventory

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/quota"
	"github.com/netweave/netweave/core/scope"
)

// peers bounds how many resources are looked at to tell a size by.
const peers = 256

// resourceAmounts is what a resource of owner takes: by its own extensions, or else
// as others of its type in the same view.
func (v *view) resourceAmounts(r *o2.Resource, owner string) o2.Amounts {
	size, ok := quota.SizeOf(r.Extensions)
	if !ok {
		size = typeSize(&v.state.Load().kinds, r.ResourceTypeID, owner)
	}
	return size.Amounts(1)
}

// wantedAmounts is what a resource takes that is asked for: as much as others of its
// type at the least, whatever the request says of its size. That is the tenant's word,
// and the backend may not go by it.
func (v *view) wantedAmounts(r *o2.Resource, owner string) o2.Amounts {
	size, _ := quota.SizeOf(r.Extensions)
	return greater(size.Amounts(1), typeSize(&v.state.Load().kinds, r.ResourceTypeID, owner).Amounts(1))
}

// poolAmounts is what a pool of owner takes together with the resources that it is
// to have. base is the pool as it is, nil for a new one.
func (v *view) poolAmounts(p, base *o2.ResourcePool, owner string) o2.Amounts {
	one := o2.Amounts{ResourcePools: 1}
	var before o2.JSON
	if base != nil {
		before = base.Extensions
	}
	n := quota.Replicas(p.Extensions, before)
	if n == 0 {
		return one
	}
	return quota.Sum(one, v.memberSize(p, owner).Amounts(n))
}

// presentAmounts is what a pool of owner's takes as it is, to tell what a change of it
// takes beyond: by no more resources than the view has of it. What else its extensions
// say may be the tenant's word, which the backend keeps and does not go by, or is still
// to come; in doubt it is taken once more, until what the views show is counted.
func (v *view) presentAmounts(p *o2.ResourcePool, owner string) o2.Amounts {
	one := o2.Amounts{ResourcePools: 1}
	b, ok := v.state.Load().kinds[o2.KindResource].byPool.get(bucketKey{value: string(p.ID), tenant: owner})
	if !ok {
		return one
	}
	n := min(quota.Replicas(p.Extensions, p.Extensions), int64(b.entries.len))
	return quota.Sum(one, v.memberSize(p, owner).Amounts(n))
}

// newPoolAmounts is what a new pool takes. If the request does not say how many
// resources, the backend may make as many as there are in what it makes the pool
// after: there must be room for those of the largest that it may be.
func (v *view) newPoolAmounts(p *o2.ResourcePool, owner string) o2.Amounts {
	asked := v.poolAmounts(p, nil, owner)
	if quota.SaysReplicas(p.Extensions) {
		return asked
	}
	pools := &v.state.Load().kinds[o2.KindResourcePool]
	template, named := quota.Template(p.Extensions), false
	var all, one o2.Amounts
	largest := v.largest(owner)
	for _, of := range [...]string{owner, "", scope.SharedOwner} {
		b, ok := pools.byTenant.get(bucketKey{tenant: of})
		if !ok {
			continue
		}
		for e := range b.entries.all() {
			head := e.object.Head()
			n := quota.Reported(head.Extensions)
			if n == 0 {
				continue
			}
			like := *p
			like.ID, like.Extensions = e.id, head.Extensions
			size := v.knownSize(&like, owner)
			if size == (quota.Size{}) {
				size = largest
			}
			amounts := size.Amounts(n)
			all = greater(all, amounts)
			if template != "" && quota.IsTemplate(template, head.NativeID, head.Extensions) {
				one, named = greater(one, amounts), true
			}
		}
	}
	if named {
		all = one
	}
	return quota.Sum(asked, all)
}

// greater is the greater one of each amount.
func greater(a, b o2.Amounts) o2.Amounts {
	x, y := a.Each(), b.Each()
	for i := range x {
		x[i] = max(x[i], y[i])
	}
	return o2.AmountsOf(x)
}

// memberSize is the size of a pool's resources: by the type that the pool names, or
// else by those that it has, or by those of what it is made after. If nothing tells,
// it is that of the largest machine that owner may know of: who does not say how large
// machines are could get any.
func (v *view) memberSize(p *o2.ResourcePool, owner string) quota.Size {
	if size := v.knownSize(p, owner); size != (quota.Size{}) {
		return size
	}
	kinds := &v.state.Load().kinds
	if template := quota.Template(p.Extensions); template != "" {
		var size quota.Size
		for _, of := range [...]string{owner, "", scope.SharedOwner} {
			b, ok := kinds[o2.KindResourcePool].byTenant.get(bucketKey{tenant: of})
			if !ok {
				continue
			}
			for e := range b.entries.all() {
				after, isPool := e.object.(*o2.ResourcePool)
				if !isPool || !quota.IsTemplate(template, after.NativeID, after.Extensions) {
					continue
				}
				if its := v.knownSize(after, owner); its.CPUMillis >= size.CPUMillis {
					size = its
				}
			}
		}
		if size != (quota.Size{}) {
			return size
		}
	}
	return v.largest(owner)
}

// largest is the size of the largest machine that owner may know of.
func (v *view) largest(owner string) quota.Size {
	return greatest(v.state.Load().kinds[o2.KindResource].byTenant, "", owner)
}

// knownSize is the size of a pool's resources as far as the pool itself tells it.
func (v *view) knownSize(p *o2.ResourcePool, owner string) quota.Size {
	kinds := &v.state.Load().kinds
	name := quota.InstanceType(p.Extensions)
	if name == "" {
		return sizeAmong(kinds[o2.KindResource].byPool, p.ID, owner)
	}
	for e := range kinds[o2.KindResourceType].all.all() {
		if head := e.object.Head(); head.NativeID == name || head.Name == name {
			return typeSize(kinds, e.id, owner)
		}
	}
	return quota.Size{}
}

// membersAmounts is what owner's resources in a pool take.
func (v *view) membersAmounts(pool o2.ID, owner string) (sum o2.Amounts) {
	b, ok := v.state.Load().kinds[o2.KindResource].byPool.get(bucketKey{value: string(pool), tenant: owner})
	if !ok {
		return sum
	}
	for e := range b.entries.all() {
		if r, ok := e.object.(*o2.Resource); ok {
			sum = quota.Sum(sum, v.resourceAmounts(r, owner))
		}
	}
	return sum
}

// typeSize is the size of a type's resources of owner: what the type says, or else
// the greatest of them.
func typeSize(kinds *[o2.KindCount]kindState, id o2.ID, owner string) quota.Size {
	if t, ok := kinds[o2.KindResourceType].all.get(id); ok && t.size != nil {
		return *t.size
	}
	return sizeAmong(kinds[o2.KindResource].byType, id, owner)
}

// sizeAmong returns the greatest size among the first resources under a value of
// an index that are owner's, the platform's or everyone's. What another tenant has
// says nothing: it could have made it up.
func sizeAmong(index buckets, value o2.ID, owner string) quota.Size {
	if value == "" {
		return quota.Size{}
	}
	return greatest(index, string(value), owner)
}

func greatest(index buckets, value, owner string) (size quota.Size) {
	for _, of := range [...]string{owner, "", scope.SharedOwner} {
		b, ok := index.get(bucketKey{value: value, tenant: of})
		if !ok {
			continue
		}
		left := peers
		for e := range b.entries.all() {
			if e.size != nil && e.size.CPUMillis >= size.CPUMillis {
				size = *e.size
			}
			if left--; left == 0 {
				break
			}
		}
	}
	return size
}

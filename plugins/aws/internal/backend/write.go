package backend

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/netweave/netweave/plugins/aws/internal/config"
	"github.com/netweave/netweave/sdk"
)

// CreateResourcePool creates an Auto Scaling group.
func (b *Backend) CreateResourcePool(ctx context.Context, want *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	in, zones, err := b.mapper.newPool(want, b.cfg)
	if err != nil {
		return nil, err
	}
	if len(zones) > 0 {
		subnets, err := b.subnetsIn(ctx, zones)
		if err != nil {
			return nil, err
		}
		in.VPCZoneIdentifier = aws.String(strings.Join(subnets, ","))
	}
	// AWS would say so too, but not of one that it is deleting.
	if _, err := b.group(ctx, want.Name); err == nil {
		return nil, sdk.Errorf(sdk.Conflict, "there is an Auto Scaling group %q already: choose another name", want.Name)
	} else if !isNotFound(err) {
		return nil, err
	}
	err = b.client.CreateGroup(ctx, in)
	b.outdate()
	if err != nil {
		return nil, err
	}
	made, err := b.shown(ctx, want.Name)
	if err != nil {
		return nil, err
	}
	if made.Tenant != want.Tenant {
		return nil, sdk.Errorf(sdk.Unavailable, "AWS created the Auto Scaling group %q but did not note whose it is: delete it there, or tag it with %s", want.Name, tenantKey)
	}
	return made, nil
}

// subnetsIn are those of the configured subnets that are in the zones.
func (b *Backend) subnetsIn(ctx context.Context, zones []string) ([]string, error) {
	where, err := b.client.SubnetZones(ctx, b.cfg.Subnets)
	if err != nil {
		return nil, err
	}
	var subnets []string
	for _, zone := range zones {
		before := len(subnets)
		for _, id := range b.cfg.Subnets {
			if where[id] == zone {
				subnets = append(subnets, id)
			}
		}
		if len(subnets) == before {
			return nil, sdk.Errorf(sdk.Invalid, "location: none of this adapter's subnets is in %s: choose another zone, or name subnets in extensions.%s", zone, subnetsExt)
		}
	}
	return subnets, nil
}

// shown waits until a new group is shown, which may take AWS a moment.
func (b *Backend) shown(ctx context.Context, name string) (*sdk.ResourcePool, error) {
	for {
		pool, err := b.GetResourcePool(ctx, name)
		if !isNotFound(err) {
			return pool, err
		}
		if !b.pause(ctx, 0) {
			return nil, sdk.Errorf(sdk.Timeout, "AWS created the Auto Scaling group %q and does not show it yet: look again in a moment", name)
		}
	}
}

// pause waits before another look at what AWS is making. It tells whether there is
// time for one that leaves the reserve.
func (b *Backend) pause(ctx context.Context, reserve time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < b.awaiting+reserve {
		return false
	}
	timer := time.NewTimer(b.awaiting)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// UpdateResourcePool changes sizes, description, global location and a caller's
// extensions of a group. They are changed one after the other.
func (b *Backend) UpdateResourcePool(ctx context.Context, want *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	current, err := b.group(ctx, want.ID)
	if err != nil {
		return nil, err
	}
	sizes, set, remove, err := b.mapper.poolChange(want, *current)
	if err != nil {
		return nil, err
	}
	defer b.outdate()
	if sizes != nil {
		if err := b.client.UpdateGroup(ctx, sizes); err != nil {
			return nil, err
		}
	}
	if len(set) > 0 {
		if err := b.client.TagGroup(ctx, set); err != nil {
			return nil, err
		}
	}
	if len(remove) > 0 {
		if err := b.client.UntagGroup(ctx, remove); err != nil {
			return nil, err
		}
	}
	return b.GetResourcePool(ctx, want.ID)
}

// DeleteResourcePool deletes a group, with the instances in it only if the
// configuration says so.
func (b *Backend) DeleteResourcePool(ctx context.Context, id string) error {
	group, err := b.group(ctx, id)
	if err != nil {
		return err
	}
	if n := len(group.Instances); n > 0 && !b.cfg.ForceDelete {
		return sdk.Errorf(sdk.Conflict, "the Auto Scaling group %q has %d instances: delete these resources first, or set %s and %s to 0 (an adapter with forceDelete deletes both)", id, n, minExt, desiredExt)
	}
	err = b.client.DeleteGroup(ctx, id, b.cfg.ForceDelete)
	b.outdate()
	if err == nil {
		b.groupIDs.Drop(id)
	}
	return err
}

// DeleteResource terminates an instance. Its group then wants one less, or
// replaces it, as configured.
func (b *Backend) DeleteResource(ctx context.Context, id string) error {
	_, m, group, err := b.instance(ctx, id)
	if err != nil {
		return err
	}
	if strings.HasPrefix(string(m.LifecycleState), "Terminat") {
		return nil // on its way
	}
	decrement := b.cfg.OnDelete == config.Decrement
	if decrement && aws.ToInt32(group.DesiredCapacity) <= aws.ToInt32(group.MinSize) {
		return sdk.Errorf(sdk.Conflict, "the pool %q must keep %d resources: lower its %s first", m.group, aws.ToInt32(group.MinSize), minExt)
	}
	err = b.client.TerminateInGroup(ctx, id, decrement)
	b.outdate()
	if err == nil {
		b.instanceIDs.Drop(id)
	}
	return err
}

// outdate has whoever reads from now on see what was written.
func (b *Backend) outdate() {
	b.groups.Outdate()
	b.instances.Outdate()
}

// leastUsed is where fewest instances of a group are: one of its subnets, or of
// its zones if it names none.
func leastUsed(places []string, used []string) string {
	count := map[string]int{}
	for _, place := range used {
		count[place]++
	}
	return slices.MinFunc(places, func(a, b string) int { return count[a] - count[b] })
}

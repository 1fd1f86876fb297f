package backend

import (
	"cmp"
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/netweave/netweave/sdk"
)

// undoing is the time that is kept to end an instance which could not be used.
const undoing = 5 * time.Second

// CreateResource starts an instance from the pool's launch template, of the type
// that is asked for, and puts it into the group once it runs.
//
// Raising the group's desired capacity would be less, but AWS would choose the
// type, and nobody could tell which of two new instances was whose.
func (b *Backend) CreateResource(ctx context.Context, want *sdk.Resource) (*sdk.Resource, error) {
	group, err := b.group(ctx, want.ResourcePoolID)
	if isNotFound(err) {
		return nil, sdk.Errorf(sdk.Invalid, "there is no resource pool %q to start an instance in", want.ResourcePoolID)
	}
	if err != nil {
		return nil, err
	}
	if err := b.mayStart(ctx, want, *group); err != nil {
		return nil, err
	}
	release, err := b.room(*group)
	if err != nil {
		return nil, err
	}
	defer release()
	in, err := b.order(ctx, want, *group)
	if err != nil {
		return nil, err
	}
	id, err := b.client.Run(ctx, in)
	if err != nil {
		return nil, b.unrun(ctx, *in.ClientToken, err)
	}
	defer b.outdate()
	if err := b.join(ctx, *group.AutoScalingGroupName, id); err != nil {
		return nil, b.undo(ctx, id, err)
	}
	for {
		made, err := b.GetResource(ctx, id)
		if !isNotFound(err) {
			return made, err
		}
		if !b.pause(ctx, 0) {
			return nil, sdk.Errorf(sdk.Timeout, "the instance %q was started in the pool %q, which does not show it yet: look again in a moment", id, want.ResourcePoolID)
		}
	}
}

// mayStart checks what is asked for.
func (b *Backend) mayStart(ctx context.Context, want *sdk.Resource, group asgtypes.AutoScalingGroup) error {
	if want.ParentID != "" {
		return sdk.Errorf(sdk.Invalid, "parentId cannot be set: an instance is part of nothing")
	}
	owner := groupTags(group)[tenantKey]
	if owner != "" && want.Tenant != "" && want.Tenant != owner {
		return sdk.Errorf(sdk.Invalid, "a resource belongs to the tenant of its pool")
	}
	if templateOf(group) == nil {
		return sdk.Errorf(sdk.Unsupported, "the Auto Scaling group %q has no launch template: resources can be created in groups with one", want.ResourcePoolID)
	}
	known, err := b.describe(ctx, []string{want.ResourceTypeID})
	if err != nil {
		return err
	}
	if _, ok := known[want.ResourceTypeID]; !ok {
		return sdk.Errorf(sdk.Invalid, "there is no instance type %q: choose one that AWS has, such as m5.large", want.ResourceTypeID)
	}
	return nil
}

// room takes a place in a group, counting those that are on their way.
func (b *Backend) room(group asgtypes.AutoScalingGroup) (release func(), err error) {
	name := *group.AutoScalingGroupName
	b.mu.Lock()
	defer b.mu.Unlock()
	if int(aws.ToInt32(group.DesiredCapacity))+b.growing[name] >= int(aws.ToInt32(group.MaxSize)) {
		return nil, sdk.Errorf(sdk.Exhausted, "the pool %q has no room for another resource: raise its %s, which is %d", name, maxExt, aws.ToInt32(group.MaxSize))
	}
	b.growing[name]++
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.growing[name]--; b.growing[name] == 0 {
			delete(b.growing, name)
		}
	}, nil
}

// order says what to start, and where.
func (b *Backend) order(ctx context.Context, want *sdk.Resource, group asgtypes.AutoScalingGroup) (*ec2.RunInstancesInput, error) {
	spec := *want
	spec.Tenant = cmp.Or(want.Tenant, groupTags(group)[tenantKey])
	tags, err := resourceTags(&spec, group)
	if err != nil {
		return nil, err
	}
	template := templateOf(group)
	in := &ec2.RunInstancesInput{
		MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
		ClientToken:    aws.String(rand.Text()), // however often it arrives, it is one instance
		InstanceType:   ec2types.InstanceType(want.ResourceTypeID),
		LaunchTemplate: &ec2types.LaunchTemplateSpecification{LaunchTemplateId: template.LaunchTemplateId, Version: template.Version},
	}
	if template.LaunchTemplateId == nil {
		in.LaunchTemplate.LaunchTemplateName = template.LaunchTemplateName
	}
	started := ec2types.TagSpecification{ResourceType: ec2types.ResourceTypeInstance}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		started.Tags = append(started.Tags, ec2types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	if len(started.Tags) > 0 {
		in.TagSpecifications = []ec2types.TagSpecification{started}
	}
	if subnets := subnetsOf(group); len(subnets) > 0 {
		used, err := b.subnetsUsed(ctx, *group.AutoScalingGroupName)
		if err != nil {
			return nil, err
		}
		in.SubnetId = aws.String(leastUsed(subnets, used))
		return in, nil
	}
	if len(group.AvailabilityZones) > 0 {
		used := each(group.Instances, func(i asgtypes.Instance) string { return aws.ToString(i.AvailabilityZone) })
		in.Placement = &ec2types.Placement{AvailabilityZone: aws.String(leastUsed(group.AvailabilityZones, used))}
	}
	return in, nil
}

func (b *Backend) subnetsUsed(ctx context.Context, group string) ([]string, error) {
	instances, err := b.instances.Get(ctx)
	var used []string
	for _, i := range instances {
		if tagsOf(i.Tags)[groupTag] == group {
			used = append(used, aws.ToString(i.SubnetId))
		}
	}
	return used, err
}

// join waits until an instance runs, before which no group takes it, and puts it
// into one.
func (b *Backend) join(ctx context.Context, group, id string) error {
	for {
		instance, err := b.client.Instance(ctx, id)
		if err != nil {
			return err
		}
		if instance != nil && instance.State != nil {
			switch instance.State.Name {
			case ec2types.InstanceStateNameRunning:
				return b.client.Attach(ctx, group, id)
			case ec2types.InstanceStateNameStopping, ec2types.InstanceStateNameStopped:
				return sdk.Errorf(sdk.Unavailable, "the instance %q was started and stopped again: see why in AWS", id)
			}
		}
		if !b.pause(ctx, undoing) {
			return sdk.Errorf(sdk.Timeout, "the instance %q did not run in time", id)
		}
	}
}

// unrun ends an instance that was started although the answer did not come.
func (b *Backend) unrun(ctx context.Context, token string, cause error) error {
	if codeOf(cause) != sdk.Timeout {
		return cause
	}
	looking, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoing)
	defer cancel()
	id, err := b.client.StartedAs(looking, token)
	if err != nil || id == "" {
		return cause
	}
	return b.undo(ctx, id, cause)
}

// undo ends an instance that did not get into its group: it would cost, and be
// shown to nobody.
func (b *Backend) undo(ctx context.Context, id string, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoing)
	defer cancel()
	code := codeOf(cause)
	if in, _, _, err := b.instance(ctx, id); err == nil && in != nil {
		// It is in after all: to be believed only as part of its group.
		if err := b.client.TerminateInGroup(ctx, id, true); err == nil {
			return sdk.Errorf(code, "%w; the instance %q was terminated again", cause, id)
		}
	}
	if err := b.client.Terminate(ctx, id); err != nil {
		return sdk.Errorf(code, "%w; the instance %q was started and could not be ended: terminate it in AWS", cause, id)
	}
	return sdk.Errorf(code, "%w; the instance %q was terminated again", cause, id)
}

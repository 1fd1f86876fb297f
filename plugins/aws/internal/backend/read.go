package backend

import (
	"context"
	"errors"
	"iter"
	"maps"
	"regexp"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/polled"
)

// readGroups reads the groups that are there to stay: one that is being deleted
// cannot come back.
func (b *Backend) readGroups(ctx context.Context) ([]asgtypes.AutoScalingGroup, error) {
	groups, err := polled.Believed(ctx, b.groupIDs, func(g *asgtypes.AutoScalingGroup) string { return *g.AutoScalingGroupName },
		func(ctx context.Context) ([]asgtypes.AutoScalingGroup, int, error) { return b.client.Groups(ctx) })
	return slices.DeleteFunc(groups, ending), err
}

// ending tells whether a group is being deleted: it has a status only then.
func ending(g asgtypes.AutoScalingGroup) bool { return aws.ToString(g.Status) != "" }

func (b *Backend) readInstances(ctx context.Context) ([]ec2types.Instance, error) {
	return polled.Believed(ctx, b.instanceIDs, func(i *ec2types.Instance) string { return *i.InstanceId }, b.client.Instances)
}

// ListResourcePools yields the Auto Scaling groups.
func (b *Backend) ListResourcePools(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	groups, err := b.groups.Get(ctx)
	return listed(ctx, opts, each(groups, b.mapper.pool), err)
}

// GetResourcePool returns one of them.
func (b *Backend) GetResourcePool(ctx context.Context, id string) (*sdk.ResourcePool, error) {
	group, err := b.group(ctx, id)
	if err != nil {
		return nil, err
	}
	return b.mapper.pool(*group), nil
}

// group asks for one group.
func (b *Backend) group(ctx context.Context, name string) (*asgtypes.AutoScalingGroup, error) {
	missing := sdk.Errorf(sdk.NotFound, "AWS has no Auto Scaling group %q", name)
	if !nameable(name) {
		return nil, missing
	}
	groups, _, err := b.client.Groups(ctx, name)
	if err != nil {
		return nil, err
	}
	for i := range groups {
		if *groups[i].AutoScalingGroupName == name && !ending(groups[i]) {
			return &groups[i], nil
		}
	}
	return nil, missing
}

// nameable tells whether a group can have a name.
func nameable(name string) bool {
	return name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxName &&
		!slices.ContainsFunc([]rune(name), func(r rune) bool { return r == ':' || !unicode.IsPrint(r) })
}

// ListResources yields the instances that are in a group.
func (b *Backend) ListResources(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	resources, err := b.resources(ctx)
	return listed(ctx, opts, resources, err)
}

func (b *Backend) resources(ctx context.Context) ([]*sdk.Resource, error) {
	instances, err := b.instances.Get(ctx)
	if err != nil {
		return nil, err
	}
	groups, err := b.groups.Get(ctx)
	if err != nil {
		return nil, err
	}
	members := membersOf(groups)
	var resources []*sdk.Resource
	for _, i := range instances {
		if m, ok := members[*i.InstanceId]; ok {
			resources = append(resources, b.mapper.resource(i, m))
		}
	}
	return resources, nil
}

// member is what a group knows of an instance of its.
type member struct {
	group string
	asgtypes.Instance
}

func membersOf(groups []asgtypes.AutoScalingGroup) map[string]member {
	members := map[string]member{}
	for _, g := range groups {
		for _, i := range g.Instances {
			members[aws.ToString(i.InstanceId)] = member{*g.AutoScalingGroupName, i}
		}
	}
	return members
}

var instanceID = regexp.MustCompile(`^i-[0-9a-f]{8,17}$`)

// GetResource returns one of them.
func (b *Backend) GetResource(ctx context.Context, id string) (*sdk.Resource, error) {
	instance, m, _, err := b.instance(ctx, id)
	if err != nil {
		return nil, err
	}
	return b.mapper.resource(*instance, m), nil
}

// instance asks for one instance and the group that it is in.
func (b *Backend) instance(ctx context.Context, id string) (*ec2types.Instance, member, *asgtypes.AutoScalingGroup, error) {
	missing := sdk.Errorf(sdk.NotFound, "AWS has no instance %q in an Auto Scaling group", id)
	if !instanceID.MatchString(id) {
		return nil, member{}, nil, missing
	}
	instance, err := b.client.Instance(ctx, id)
	if err != nil {
		return nil, member{}, nil, err
	}
	if instance == nil {
		return nil, member{}, nil, missing
	}
	group, err := b.group(ctx, tagsOf(instance.Tags)[groupTag])
	if isNotFound(err) {
		return nil, member{}, nil, missing
	}
	if err != nil {
		return nil, member{}, nil, err
	}
	m, ok := membersOf([]asgtypes.AutoScalingGroup{*group})[id]
	if !ok {
		return nil, member{}, nil, missing
	}
	return instance, m, group, nil
}

// ListResourceTypes yields the types of the instances in groups, and those that
// are configured.
func (b *Backend) ListResourceTypes(ctx context.Context, opts sdk.ListOptions) iter.Seq2[*sdk.ResourceType, error] {
	types, err := b.resourceTypes(ctx)
	return listed(ctx, opts, types, err)
}

// GetResourceType returns one of them.
func (b *Backend) GetResourceType(ctx context.Context, id string) (*sdk.ResourceType, error) {
	types, err := b.resourceTypes(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		if t.ID == id {
			return t, nil
		}
	}
	return nil, sdk.Errorf(sdk.NotFound, "no instance is of the type %q, and instanceTypes does not name it", id)
}

func (b *Backend) resourceTypes(ctx context.Context) ([]*sdk.ResourceType, error) {
	groups, err := b.groups.Get(ctx)
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, name := range b.cfg.InstanceTypes {
		used[name] = true
	}
	for _, m := range membersOf(groups) {
		if name := aws.ToString(m.InstanceType); name != "" {
			used[name] = true
		}
	}
	names := slices.Sorted(maps.Keys(used))
	known, err := b.describe(ctx, names)
	if err != nil {
		return nil, err
	}
	return each(names, func(name string) *sdk.ResourceType { return b.mapper.resourceType(name, known[name]) }), nil
}

// describe gives what AWS says of types, as far as it has them. It asks for those
// alone that it has not asked for before.
func (b *Backend) describe(ctx context.Context, names []string) (map[string]ec2types.InstanceTypeInfo, error) {
	known := map[string]ec2types.InstanceTypeInfo{}
	var unknown []string
	b.mu.Lock()
	for _, name := range names {
		if info, ok := b.kinds[name]; ok {
			known[name] = info
		} else {
			unknown = append(unknown, name)
		}
	}
	b.mu.Unlock()
	found, err := b.client.Types(ctx, unknown)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, info := range found {
		known[string(info.InstanceType)] = info
		b.kinds[string(info.InstanceType)] = info
	}
	return known, nil
}

func isNotFound(err error) bool {
	e, ok := errors.AsType[*sdk.Error](err)
	return ok && e.Code == sdk.NotFound
}

func each[S any, T any](items []S, f func(S) T) []T {
	out := make([]T, len(items))
	for i, item := range items {
		out[i] = f(item)
	}
	return out
}

// listed yields what was read for as long as ctx lasts.
func listed[T sdk.Object](ctx context.Context, opts sdk.ListOptions, items []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for item, err := range sdk.ListSelected(opts, items, err) {
			if err == nil && ctx.Err() != nil {
				var none T
				item, err = none, ctx.Err()
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// codeOf is the code of an error, Timeout for one whose context has ended.
func codeOf(err error) sdk.Code {
	if e, ok := errors.AsType[*sdk.Error](err); ok {
		return e.Code
	}
	return sdk.Timeout
}

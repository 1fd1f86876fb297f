//go:build integration

package backend

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/netweave/netweave/plugins/aws/internal/config"
	"github.com/netweave/netweave/plugins/aws/internal/mototest"
	"github.com/netweave/netweave/sdk"
)

func wantError(t *testing.T, err error, code sdk.Code, message string) {
	t.Helper()
	e, ok := errors.AsType[*sdk.Error](err)
	if !ok || e.Code != code || e.Error() != message {
		t.Errorf("got %v\nwant %s: %s", err, code, message)
	}
}

// groupIn gives a group as moto has it.
func groupIn(t *testing.T, w *mototest.World, name string) asgtypes.AutoScalingGroup {
	t.Helper()
	out, err := w.ASG.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{name}})
	if err != nil || len(out.AutoScalingGroups) != 1 {
		t.Fatalf("the group %s: %d of them, %v", name, len(out.AutoScalingGroups), err)
	}
	return out.AutoScalingGroups[0]
}

// running counts the instances that moto has, in groups or not.
func running(t *testing.T, w *mototest.World) int {
	t.Helper()
	out, err := w.EC2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{Filters: []ec2types.Filter{
		{Name: aws.String("instance-state-name"), Values: []string{"pending", "running"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range out.Reservations {
		n += len(r.Instances)
	}
	return n
}

// TestAPoolsLife creates, changes and deletes a pool and the resources in it.
func TestAPoolsLife(t *testing.T) {
	w := seeded(t)
	b := opened(t, settings(w))
	made, err := b.CreateResourcePool(t.Context(), &sdk.ResourcePool{
		Meta: sdk.Meta{Name: "edge", Tenant: "south", Description: "At the edge", Extensions: map[string]any{
			"type": "cloud", "rack": "r1", "aws.minSize": 1, "aws.maxSize": 3,
		}},
		Location: "us-east-1b", GlobalLocationID: "geo:1;2",
	})
	if err != nil {
		t.Fatal(err)
	}
	if made.ID != "edge" || made.Tenant != "south" || made.Description != "At the edge" || made.Location != "us-east-1b" ||
		made.GlobalLocationID != "geo:1;2" || made.OCloudID != "ocloud-aws-1" || made.Extensions["rack"] != "r1" || made.Extensions["type"] != "cloud" {
		t.Errorf("it is %+v", made)
	}
	g := groupIn(t, w, "edge")
	if *g.MinSize != 1 || *g.DesiredCapacity != 1 || *g.MaxSize != 3 || *g.VPCZoneIdentifier != w.Subnets[1] || len(g.Instances) != 1 {
		t.Errorf("the group is %+v", g)
	}

	_, err = b.CreateResourcePool(t.Context(), &sdk.ResourcePool{Meta: sdk.Meta{Name: "edge"}})
	wantError(t, err, sdk.Conflict, `there is an Auto Scaling group "edge" already: choose another name`)

	resource, err := b.CreateResource(t.Context(), &sdk.Resource{
		Meta:           sdk.Meta{Name: "du-1", Description: "A DU", Extensions: map[string]any{"slot": 4}},
		ResourcePoolID: "edge", ResourceTypeID: "m5.xlarge", GlobalAssetID: "urn:1", Tags: []string{"a", "b"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if resource.Tenant != "south" || resource.Name != "du-1" || resource.ResourceTypeID != "m5.xlarge" || resource.ResourcePoolID != "edge" ||
		resource.GlobalAssetID != "urn:1" || strings.Join(resource.Tags, "+") != "a+b" || resource.Extensions["aws.subnetId"] != w.Subnets[1] ||
		resource.Extensions["aws.state"] != "running" || resource.Extensions["aws.lifecycleState"] != "InService" {
		t.Errorf("the resource is %+v", resource)
	}
	if got := *groupIn(t, w, "edge").DesiredCapacity; got != 2 {
		t.Errorf("the group wants %d", got)
	}
	for r, err := range b.ListResources(t.Context(), sdk.ListOptions{Tenant: "south"}) {
		if err != nil || r.ResourcePoolID != "edge" {
			t.Errorf("the tenant has %+v, %v", r, err)
		}
	}

	wantError(t, b.DeleteResourcePool(t.Context(), "edge"), sdk.Conflict,
		`the Auto Scaling group "edge" has 2 instances: delete these resources first, or set aws.minSize and aws.desiredCapacity to 0 (an adapter with forceDelete deletes both)`)
	if err := b.DeleteResource(t.Context(), resource.ID); err != nil {
		t.Fatal(err)
	}
	last := *groupIn(t, w, "edge").Instances[0].InstanceId
	wantError(t, b.DeleteResource(t.Context(), last), sdk.Conflict, `the pool "edge" must keep 1 resources: lower its aws.minSize first`)

	change := *made
	change.Description, change.Extensions = "", map[string]any{"aws.minSize": 0, "aws.desiredCapacity": 0}
	changed, err := b.UpdateResourcePool(t.Context(), &change)
	if err != nil {
		t.Fatal(err)
	}
	if changed.Description != "" || changed.Extensions["rack"] != nil || changed.Tenant != "south" || changed.Extensions["aws.desiredCapacity"] != int32(0) {
		t.Errorf("changed to %+v", changed)
	}
	if err := b.DeleteResourcePool(t.Context(), "edge"); err != nil {
		t.Fatal(err)
	}
	wantError(t, b.DeleteResourcePool(t.Context(), "edge"), sdk.NotFound, `AWS has no Auto Scaling group "edge"`)
}

// TestDeletesAsConfigured has AWS replace what is deleted, and pools go with all in
// them.
func TestDeletesAsConfigured(t *testing.T) {
	w := seeded(t)
	cfg := settings(w)
	cfg.OnDelete, cfg.ForceDelete = config.Keep, true
	b := opened(t, cfg)
	gone := *groupIn(t, w, mototest.Workers).Instances[0].InstanceId
	if err := b.DeleteResource(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	g := groupIn(t, w, mototest.Workers)
	if *g.DesiredCapacity != 3 || len(g.Instances) != 3 || *g.Instances[0].InstanceId == gone {
		t.Errorf("the group wants %d and has %d", *g.DesiredCapacity, len(g.Instances))
	}
	if err := b.DeleteResourcePool(t.Context(), mototest.Workers); err != nil {
		t.Fatal(err)
	}
	if n := running(t, w); n != 1 {
		t.Errorf("%d instances run, want the other group's", n)
	}
}

// TestImpossibleWrites are refused, and start nothing.
func TestImpossibleWrites(t *testing.T) {
	w := seeded(t)
	b := opened(t, settings(w))
	before := running(t, w)
	pool := func(change func(*sdk.ResourcePool)) error {
		p := &sdk.ResourcePool{Meta: sdk.Meta{Name: "new", Extensions: map[string]any{}}}
		change(p)
		_, err := b.CreateResourcePool(t.Context(), p)
		return err
	}
	resource := func(change func(*sdk.Resource)) error {
		r := &sdk.Resource{Meta: sdk.Meta{Tenant: "north"}, ResourcePoolID: mototest.Workers, ResourceTypeID: "m5.large"}
		change(r)
		_, err := b.CreateResource(t.Context(), r)
		return err
	}
	update := func(change func(*sdk.ResourcePool)) error {
		p, err := b.GetResourcePool(t.Context(), mototest.Workers)
		if err != nil {
			t.Fatal(err)
		}
		change(p)
		_, err = b.UpdateResourcePool(t.Context(), p)
		return err
	}
	const reserve = " cannot be set or changed: keys that start with \"aws.\" are what AWS reports (of a pool, aws.minSize, aws.maxSize and aws.desiredCapacity can be changed)"
	for name, c := range map[string]struct {
		err  error
		code sdk.Code
		want string
	}{
		"another type":     {pool(func(p *sdk.ResourcePool) { p.Extensions["type"] = "bare-metal" }), sdk.Invalid, `extensions.type is bare-metal: leave it out or set it to "cloud"`},
		"a colon":          {pool(func(p *sdk.ResourcePool) { p.Name = "a:b" }), sdk.Invalid, `name is "a:b": it becomes the Auto Scaling group's, so use at most 255 printable characters and no colon`},
		"another place":    {pool(func(p *sdk.ResourcePool) { p.Location = "Amsterdam" }), sdk.Invalid, `location "Amsterdam" is no availability zone of us-east-1: give one or more, such as us-east-1a`},
		"no subnet there":  {pool(func(p *sdk.ResourcePool) { p.Location = "us-east-1c" }), sdk.Invalid, "location: none of this adapter's subnets is in us-east-1c: choose another zone, or name subnets in extensions.aws.subnets"},
		"sizes":            {pool(func(p *sdk.ResourcePool) { p.Extensions["aws.minSize"], p.Extensions["aws.maxSize"] = 3, 2 }), sdk.Invalid, "extensions: aws.minSize 3, aws.desiredCapacity 3 and aws.maxSize 2 must not decrease"},
		"half an instance": {pool(func(p *sdk.ResourcePool) { p.Extensions["aws.minSize"] = 0.5 }), sdk.Invalid, "extensions.aws.minSize is 0.5: it must be a whole number, 0 or more"},
		"what is reported": {pool(func(p *sdk.ResourcePool) { p.Extensions["aws.arn"] = "x" }), sdk.Invalid, "extensions.aws.arn" + reserve},
		"long":             {pool(func(p *sdk.ResourcePool) { p.Description = strings.Repeat("x", 257) }), sdk.Invalid, "description has 257 characters: AWS keeps it as a tag, which has at most 256"},
		"no such template": {pool(func(p *sdk.ResourcePool) { p.Extensions["aws.launchTemplate"] = 7 }), sdk.Invalid, "extensions.aws.launchTemplate is 7: give a launch template's name or id, such as workers or workers:3"},
		"another's":        {resource(func(r *sdk.Resource) { r.Tenant = "south" }), sdk.Invalid, "a resource belongs to the tenant of its pool"},
		"no type":          {resource(func(r *sdk.Resource) { r.ResourceTypeID = "m5.tiny" }), sdk.Invalid, `there is no instance type "m5.tiny": choose one that AWS has, such as m5.large`},
		"no pool":          {resource(func(r *sdk.Resource) { r.ResourcePoolID = "x" }), sdk.Invalid, `there is no resource pool "x" to start an instance in`},
		"a parent":         {resource(func(r *sdk.Resource) { r.ParentID = "i-1" }), sdk.Invalid, "parentId cannot be set: an instance is part of nothing"},
		"another name":     {update(func(p *sdk.ResourcePool) { p.Name = "x" }), sdk.Invalid, `name cannot be changed from "workers": it is the Auto Scaling group's own`},
		"a move":           {update(func(p *sdk.ResourcePool) { p.Location = "us-east-1a" }), sdk.Invalid, `location cannot be changed from "us-east-1a, us-east-1b": create a pool elsewhere`},
		"another template": {update(func(p *sdk.ResourcePool) { p.Extensions["aws.launchTemplate"] = "x" }), sdk.Invalid, "extensions.aws.launchTemplate" + reserve},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, c.err, c.code, c.want) })
	}
	if n := running(t, w); n != before {
		t.Errorf("%d instances run, %d did", n, before)
	}
}

// TestNoRoom leaves no instance behind that its group does not take.
func TestNoRoom(t *testing.T) {
	w := seeded(t)
	b := opened(t, settings(w))
	limit := func(n int32) {
		_, err := w.ASG.UpdateAutoScalingGroup(t.Context(), &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: aws.String(mototest.Workers), MaxSize: &n})
		if err != nil {
			t.Fatal(err)
		}
	}
	want := &sdk.Resource{Meta: sdk.Meta{Tenant: "north"}, ResourcePoolID: mototest.Workers, ResourceTypeID: "m5.large"}
	limit(3)
	_, err := b.CreateResource(t.Context(), want)
	wantError(t, err, sdk.Exhausted, `the pool "workers" has no room for another resource: raise its aws.maxSize, which is 3`)

	limit(4)
	b.growing = map[string]int{mototest.Workers: -1} // as if the group grew meanwhile, by another's hand
	if _, err := b.CreateResource(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	_, err = b.CreateResource(t.Context(), want)
	e, ok := errors.AsType[*sdk.Error](err)
	if !ok || e.Code != sdk.Conflict || !strings.HasPrefix(e.Error(), "putting the instance into its Auto Scaling group: AWS answered ResourceContention") || !strings.HasSuffix(e.Error(), " was terminated again") {
		t.Errorf("got %v", err)
	}
	if n := running(t, w); n != 5 {
		t.Errorf("%d instances run, want four of the group and the other group's", n)
	}
}

// TestOnlyInstancesInGroups are shown.
func TestOnlyInstancesInGroups(t *testing.T) {
	w := seeded(t)
	b := opened(t, settings(w))
	out, err := w.EC2.RunInstances(t.Context(), &ec2.RunInstancesInput{ImageId: &w.Image, InstanceType: "c5.large", MinCount: aws.Int32(1), MaxCount: aws.Int32(1)})
	if err != nil {
		t.Fatal(err)
	}
	alone := *out.Instances[0].InstanceId
	_, err = b.GetResource(t.Context(), alone)
	missing := `AWS has no instance "` + alone + `" in an Auto Scaling group`
	wantError(t, err, sdk.NotFound, missing)
	wantError(t, b.DeleteResource(t.Context(), alone), sdk.NotFound, missing)
	count := 0
	for r, err := range b.ListResources(t.Context(), sdk.ListOptions{}) {
		if err != nil || r.ID == alone {
			t.Errorf("listed %v, %v", r, err)
		}
		count++
	}
	if count != 4 {
		t.Errorf("%d resources, want 4", count)
	}
}

// TestManyAtOnce has resources created in one pool at the same time: each caller
// gets one of its own, and no more are started than there is room for.
func TestManyAtOnce(t *testing.T) {
	w := seeded(t)
	b := opened(t, settings(w))
	_, err := b.CreateResourcePool(t.Context(), &sdk.ResourcePool{Meta: sdk.Meta{Name: "many", Extensions: map[string]any{"aws.maxSize": 4}}})
	if err != nil {
		t.Fatal(err)
	}
	before := running(t, w)
	const callers = 6
	ids, errs := make([]string, callers), make([]error, callers)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			made, err := b.CreateResource(t.Context(), &sdk.Resource{ResourcePoolID: "many", ResourceTypeID: "m5.large"})
			if errs[i] = err; err == nil {
				ids[i] = made.ID
			}
		})
	}
	all.Wait()
	made := map[string]bool{}
	for i, err := range errs {
		if err == nil {
			made[ids[i]] = true
		} else if e, ok := errors.AsType[*sdk.Error](err); !ok || e.Code != sdk.Exhausted && e.Code != sdk.Conflict {
			t.Errorf("got %v", err)
		}
	}
	if in := len(groupIn(t, w, "many").Instances); len(made) == 0 || in != len(made) || running(t, w) != before+in {
		t.Errorf("%d were made, the group has %d, and %d more run than before", len(made), in, running(t, w)-before)
	}
}

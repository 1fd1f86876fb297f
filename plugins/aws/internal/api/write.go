package api

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/netweave/netweave/sdk"
)

func write(permission, doing string) act {
	return act{permission: permission, doing: doing, writes: true}
}

// CreateGroup creates an Auto Scaling group.
func (c *Client) CreateGroup(ctx context.Context, in *autoscaling.CreateAutoScalingGroupInput) error {
	_, err := c.asg.CreateAutoScalingGroup(ctx, in, asgWith(ctx, c.writes))
	return c.failed(ctx, write("autoscaling:CreateAutoScalingGroup", "creating the Auto Scaling group"), err)
}

// UpdateGroup changes an Auto Scaling group's sizes.
func (c *Client) UpdateGroup(ctx context.Context, in *autoscaling.UpdateAutoScalingGroupInput) error {
	_, err := c.asg.UpdateAutoScalingGroup(ctx, in, asgWith(ctx, c.writes))
	return c.failed(ctx, write("autoscaling:UpdateAutoScalingGroup", "changing the Auto Scaling group"), err)
}

// TagGroup sets tags of Auto Scaling groups.
func (c *Client) TagGroup(ctx context.Context, tags []asgtypes.Tag) error {
	_, err := c.asg.CreateOrUpdateTags(ctx, &autoscaling.CreateOrUpdateTagsInput{Tags: tags}, asgWith(ctx, c.writes))
	return c.failed(ctx, write("autoscaling:CreateOrUpdateTags", "tagging the Auto Scaling group"), err)
}

// UntagGroup removes tags of Auto Scaling groups.
func (c *Client) UntagGroup(ctx context.Context, tags []asgtypes.Tag) error {
	_, err := c.asg.DeleteTags(ctx, &autoscaling.DeleteTagsInput{Tags: tags}, asgWith(ctx, c.writes))
	return c.failed(ctx, write("autoscaling:DeleteTags", "removing tags of the Auto Scaling group"), err)
}

// DeleteGroup deletes an Auto Scaling group, and with force what is in it.
func (c *Client) DeleteGroup(ctx context.Context, name string, force bool) error {
	_, err := c.asg.DeleteAutoScalingGroup(ctx, &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: &name, ForceDelete: &force}, asgWith(ctx, c.writes))
	return c.failed(ctx, write("autoscaling:DeleteAutoScalingGroup", "deleting the Auto Scaling group"), err)
}

// Run starts one instance and returns its id. The token in it keeps it one.
func (c *Client) Run(ctx context.Context, in *ec2.RunInstancesInput) (string, error) {
	a := write("ec2:RunInstances", "starting an instance")
	out, err := c.ec2.RunInstances(ctx, in, ec2With(ctx, c.writes))
	if err != nil {
		return "", c.failed(ctx, a, err)
	}
	if len(out.Instances) != 1 || aws.ToString(out.Instances[0].InstanceId) == "" {
		return "", sdk.Errorf(sdk.Timeout, "%s: AWS's answer names none%s", a.doing, doubt(a))
	}
	return *out.Instances[0].InstanceId, nil
}

// Attach puts an instance that runs into a group.
func (c *Client) Attach(ctx context.Context, group, id string) error {
	_, err := c.asg.AttachInstances(ctx, &autoscaling.AttachInstancesInput{AutoScalingGroupName: &group, InstanceIds: []string{id}}, asgWith(ctx, c.writes))
	return c.failed(ctx, write("autoscaling:AttachInstances", "putting the instance into its Auto Scaling group"), err)
}

// Terminate ends an instance that is in no group.
func (c *Client) Terminate(ctx context.Context, id string) error {
	_, err := c.ec2.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{id}}, ec2With(ctx, c.writes))
	return c.failed(ctx, write("ec2:TerminateInstances", "terminating the instance"), err)
}

// TerminateInGroup ends an instance that is in a group, which wants one less from
// then on if decrement says so.
func (c *Client) TerminateInGroup(ctx context.Context, id string, decrement bool) error {
	_, err := c.asg.TerminateInstanceInAutoScalingGroup(ctx, &autoscaling.TerminateInstanceInAutoScalingGroupInput{
		InstanceId: &id, ShouldDecrementDesiredCapacity: &decrement,
	}, asgWith(ctx, c.writes))
	return c.failed(ctx, write("autoscaling:TerminateInstanceInAutoScalingGroup", "terminating the instance"), err)
}

package api

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/netweave/netweave/sdk"
)

// The most that AWS gives at once.
const (
	groupsAtOnce    = 100
	instancesAtOnce = 1000
	typesAtOnce     = 100
	clustersAtOnce  = 100
	filterValues    = 200
)

// GroupTag is what AWS notes on an instance that is in a group.
const GroupTag = "aws:autoscaling:groupName"

var (
	describeGroups    = act{permission: "autoscaling:DescribeAutoScalingGroups", doing: "listing Auto Scaling groups"}
	describeInstances = act{permission: "ec2:DescribeInstances", doing: "listing instances"}
	describeTypes     = act{permission: "ec2:DescribeInstanceTypes", doing: "listing instance types"}
	describeSubnets   = act{permission: "ec2:DescribeSubnets", doing: "listing subnets"}
	listClusters      = act{permission: "eks:ListClusters", doing: "listing EKS clusters"}
	describeCluster   = act{permission: "eks:DescribeCluster", doing: "reading an EKS cluster"}
)

// Health asks once for next to nothing.
func (c *Client) Health(ctx context.Context) error {
	a := act{permission: describeGroups.permission, doing: "asking AWS whether it answers", lists: true}
	out, err := c.asg.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{MaxRecords: aws.Int32(1)},
		asgWith(ctx, retry.AddWithMaxAttempts(c.reads, 1).(aws.RetryerV2)))
	if err != nil {
		return c.failed(ctx, a, err)
	}
	if out.AutoScalingGroups == nil {
		return sdk.Errorf(sdk.Unavailable, "%s: %w", a.doing, errEmpty)
	}
	return nil
}

// Groups lists the Auto Scaling groups of these names, all if there are none.
func (c *Client) Groups(ctx context.Context, names ...string) ([]asgtypes.AutoScalingGroup, int, error) {
	return pages(ctx, c, describeGroups, func(g *asgtypes.AutoScalingGroup) *string { return g.AutoScalingGroupName },
		func(ctx context.Context, token *string) ([]asgtypes.AutoScalingGroup, *string, error) {
			out, err := c.asg.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{
				AutoScalingGroupNames: names, MaxRecords: aws.Int32(groupsAtOnce), NextToken: token,
			}, asgWith(ctx, c.reads))
			if err != nil {
				return nil, nil, err
			}
			return out.AutoScalingGroups, out.NextToken, nil
		})
}

// Instances lists the instances that are in a group and have not ended.
func (c *Client) Instances(ctx context.Context) ([]ec2types.Instance, int, error) {
	return c.instances(ctx, ec2types.Filter{Name: aws.String("tag-key"), Values: []string{GroupTag}})
}

// Instance gives one, in a group or not, or nil if there is none that has not ended.
func (c *Client) Instance(ctx context.Context, id string) (*ec2types.Instance, error) {
	found, _, err := c.instances(ctx, ec2types.Filter{Name: aws.String("instance-id"), Values: []string{id}})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// StartedAs gives the id of the instance that was started with a token, "" if
// there is none.
func (c *Client) StartedAs(ctx context.Context, token string) (string, error) {
	found, _, err := c.instances(ctx, ec2types.Filter{Name: aws.String("client-token"), Values: []string{token}})
	if err != nil || len(found) == 0 {
		return "", err
	}
	return *found[0].InstanceId, nil
}

func (c *Client) instances(ctx context.Context, filter ec2types.Filter) ([]ec2types.Instance, int, error) {
	input := &ec2.DescribeInstancesInput{MaxResults: aws.Int32(instancesAtOnce), Filters: []ec2types.Filter{
		filter, {Name: aws.String("instance-state-name"), Values: []string{"pending", "running", "stopping", "stopped"}},
	}}
	return pages(ctx, c, describeInstances, func(i *ec2types.Instance) *string { return i.InstanceId },
		func(ctx context.Context, token *string) ([]ec2types.Instance, *string, error) {
			input.NextToken = token
			out, err := c.ec2.DescribeInstances(ctx, input, ec2With(ctx, c.reads))
			if err != nil || out.Reservations == nil {
				return nil, nil, err
			}
			items := []ec2types.Instance{}
			for _, r := range out.Reservations {
				if r.Instances == nil {
					return nil, nil, nil
				}
				items = append(items, r.Instances...)
			}
			return items, out.NextToken, nil
		})
}

// Types describes those instance types of these that AWS has.
func (c *Client) Types(ctx context.Context, names []string) ([]ec2types.InstanceTypeInfo, error) {
	var all []ec2types.InstanceTypeInfo
	for len(names) > 0 {
		some := names[:min(len(names), filterValues)]
		names = names[len(some):]
		found, _, err := pages(ctx, c, describeTypes,
			func(t *ec2types.InstanceTypeInfo) *string { return aws.String(string(t.InstanceType)) },
			func(ctx context.Context, token *string) ([]ec2types.InstanceTypeInfo, *string, error) {
				// By filter: a name that AWS has not would fail them all.
				out, err := c.ec2.DescribeInstanceTypes(ctx, &ec2.DescribeInstanceTypesInput{
					Filters:    []ec2types.Filter{{Name: aws.String("instance-type"), Values: some}},
					MaxResults: aws.Int32(typesAtOnce), NextToken: token,
				}, ec2With(ctx, c.reads))
				if err != nil {
					return nil, nil, err
				}
				return out.InstanceTypes, out.NextToken, nil
			})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// SubnetZones tells which zones subnets are in, as far as there are such.
func (c *Client) SubnetZones(ctx context.Context, ids []string) (map[string]string, error) {
	found, _, err := pages(ctx, c, describeSubnets, func(s *ec2types.Subnet) *string { return s.SubnetId },
		func(ctx context.Context, token *string) ([]ec2types.Subnet, *string, error) {
			out, err := c.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{
				Filters: []ec2types.Filter{{Name: aws.String("subnet-id"), Values: ids}}, NextToken: token,
			}, ec2With(ctx, c.reads))
			if err != nil {
				return nil, nil, err
			}
			return out.Subnets, out.NextToken, nil
		})
	zones := map[string]string{}
	for _, s := range found {
		zones[*s.SubnetId] = aws.ToString(s.AvailabilityZone)
	}
	return zones, err
}

// Clusters lists the names of the EKS clusters.
func (c *Client) Clusters(ctx context.Context) ([]string, int, error) {
	return pages(ctx, c, listClusters, func(name *string) *string { return name },
		func(ctx context.Context, token *string) ([]string, *string, error) {
			out, err := c.eks.ListClusters(ctx, &eks.ListClustersInput{MaxResults: aws.Int32(clustersAtOnce), NextToken: token}, eksWith(ctx, c.reads))
			if err != nil {
				return nil, nil, err
			}
			return out.Clusters, out.NextToken, nil
		})
}

// Cluster describes one EKS cluster.
func (c *Client) Cluster(ctx context.Context, name string) (*ekstypes.Cluster, error) {
	out, err := c.eks.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: &name}, eksWith(ctx, c.reads))
	if err != nil {
		return nil, c.failed(ctx, describeCluster, err)
	}
	if out.Cluster == nil || aws.ToString(out.Cluster.Name) != name {
		return nil, sdk.Errorf(sdk.Unavailable, "%s: AWS's answer is not about %q", describeCluster.doing, name)
	}
	return out.Cluster, nil
}

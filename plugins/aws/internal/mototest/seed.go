package mototest

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
)

// What a seeded server has by name.
const (
	Template = "workers" // launch template, of m5.large
	Workers  = "workers" // group of three m5.large, the tenant north's
	GPU      = "gpu"     // group of one g4dn.xlarge, nobody's
	Cluster  = "apps"    // EKS cluster
)

// World is what a seeded server has by id.
type World struct {
	VPC, Image string
	// Subnets are two, in us-east-1a and us-east-1b.
	Subnets []string
	EC2     *ec2.Client
	ASG     *autoscaling.Client
	EKS     *eks.Client
}

// Seed fills the server.
func (s *Server) Seed(ctx context.Context) (*World, error) {
	shared := aws.Config{
		Region: Region, BaseEndpoint: aws.String(s.URL),
		Credentials: credentials.NewStaticCredentialsProvider(AccessKeyID, SecretAccessKey, ""),
	}
	w := &World{EC2: ec2.NewFromConfig(shared), ASG: autoscaling.NewFromConfig(shared), EKS: eks.NewFromConfig(shared)}
	for what, seed := range []func(context.Context) error{w.network, w.templates, w.groups, w.cluster} {
		if err := seed(ctx); err != nil {
			return nil, fmt.Errorf("seed moto, step %d: %w", what+1, err)
		}
	}
	return w, nil
}

func (w *World) network(ctx context.Context) error {
	vpc, err := w.EC2.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16")})
	if err != nil {
		return err
	}
	w.VPC = *vpc.Vpc.VpcId
	for i, zone := range []string{"a", "b"} {
		subnet, err := w.EC2.CreateSubnet(ctx, &ec2.CreateSubnetInput{
			VpcId: &w.VPC, CidrBlock: aws.String(fmt.Sprintf("10.20.%d.0/24", i)), AvailabilityZone: aws.String(Region + zone),
		})
		if err != nil {
			return err
		}
		w.Subnets = append(w.Subnets, *subnet.Subnet.SubnetId)
	}
	image, err := w.EC2.RegisterImage(ctx, &ec2.RegisterImageInput{Name: aws.String("netweave-lab"), Architecture: ec2types.ArchitectureValuesX8664})
	if err != nil {
		return err
	}
	w.Image = *image.ImageId
	return nil
}

func (w *World) templates(ctx context.Context) error {
	for name, kind := range map[string]ec2types.InstanceType{Template: ec2types.InstanceTypeM5Large, GPU: ec2types.InstanceTypeG4dnXlarge} {
		_, err := w.EC2.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
			LaunchTemplateName: &name,
			LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: &w.Image, InstanceType: kind},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *World) groups(ctx context.Context) error {
	tag := func(group, key, value string) asgtypes.Tag {
		return asgtypes.Tag{
			Key: &key, Value: &value, PropagateAtLaunch: aws.Bool(true), ResourceId: &group, ResourceType: aws.String("auto-scaling-group"),
		}
	}
	for _, g := range []struct {
		name string
		size int32
		tags []asgtypes.Tag
	}{
		{Workers, 3, []asgtypes.Tag{tag(Workers, "o2ims.oran.org/tenant", "north"), tag(Workers, "team", "ran")}},
		{GPU, 1, nil},
	} {
		_, err := w.ASG.CreateAutoScalingGroup(ctx, &autoscaling.CreateAutoScalingGroupInput{
			AutoScalingGroupName: &g.name, MinSize: aws.Int32(0), MaxSize: aws.Int32(20), DesiredCapacity: &g.size,
			LaunchTemplate:    &asgtypes.LaunchTemplateSpecification{LaunchTemplateName: &g.name},
			VPCZoneIdentifier: aws.String(w.Subnets[0] + "," + w.Subnets[1]), Tags: g.tags,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *World) cluster(ctx context.Context) error {
	_, err := w.EKS.CreateCluster(ctx, &eks.CreateClusterInput{
		Name: aws.String(Cluster), RoleArn: aws.String("arn:aws:iam::123456789012:role/eks-lab"),
		ResourcesVpcConfig: &ekstypes.VpcConfigRequest{SubnetIds: w.Subnets}, Version: aws.String("1.33"),
	})
	return err
}

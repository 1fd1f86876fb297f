package backend

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
)

var made = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func wantJSON(t *testing.T, got any, want string) {
	t.Helper()
	raw, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if err := json.Unmarshal(raw, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("got\n%s\nwant\n%s", raw, want)
	}
}

var theMapper = mapper{region: "us-east-1", oCloudID: "ocloud-aws-1"}

func groupTagged(key, value string) asgtypes.TagDescription {
	return asgtypes.TagDescription{Key: &key, Value: &value, PropagateAtLaunch: aws.Bool(true)}
}

func TestAPoolAsItIsShown(t *testing.T) {
	wantJSON(t, theMapper.pool(asgtypes.AutoScalingGroup{
		AutoScalingGroupName: aws.String("edge"), AutoScalingGroupARN: aws.String("arn:edge"), CreatedTime: &made,
		MinSize: aws.Int32(1), MaxSize: aws.Int32(9), DesiredCapacity: aws.Int32(2), HealthCheckType: aws.String("EC2"),
		AvailabilityZones: []string{"us-east-1b", "us-east-1a"}, VPCZoneIdentifier: aws.String("subnet-2, subnet-1"),
		MixedInstancesPolicy: &asgtypes.MixedInstancesPolicy{LaunchTemplate: &asgtypes.LaunchTemplate{LaunchTemplateSpecification: &asgtypes.LaunchTemplateSpecification{
			LaunchTemplateId: aws.String("lt-1"), LaunchTemplateName: aws.String("workers"), Version: aws.String("$Latest"),
		}}},
		Instances:          []asgtypes.Instance{{}, {LifecycleState: asgtypes.LifecycleStateInService, HealthStatus: aws.String("Healthy")}},
		SuspendedProcesses: []asgtypes.SuspendedProcess{{ProcessName: aws.String("Terminate")}, {ProcessName: aws.String("Launch")}},
		Tags: []asgtypes.TagDescription{
			groupTagged("o2ims.oran.org/tenant", "north"), groupTagged("o2ims.oran.org/description", "At the edge"),
			groupTagged("o2ims.oran.org/extensions", `{"rack":1,"aws.minSize":7,"type":"lie"}`), groupTagged("team", "ran"), groupTagged("db-password", "x"),
		},
	}), `{
		"ID": "edge", "Tenant": "north", "Revision": 0, "Name": "edge", "Description": "At the edge",
		"OCloudID": "ocloud-aws-1", "Location": "us-east-1a, us-east-1b", "GlobalLocationID": "",
		"Extensions": {"type": "cloud", "rack": 1, "aws.arn": "arn:edge", "aws.createdAt": "2026-03-01T12:00:00Z", "aws.healthCheckType": "EC2",
			"aws.minSize": 1, "aws.maxSize": 9, "aws.desiredCapacity": 2, "aws.launchTemplate": {"id": "lt-1", "name": "workers", "version": "$Latest"},
			"aws.availabilityZones": ["us-east-1a", "us-east-1b"], "aws.subnets": ["subnet-1", "subnet-2"],
			"aws.suspendedProcesses": ["Launch", "Terminate"], "aws.tags": {"team": "ran"}},
		"Volatile": {"aws.instances": 2},
		"Tags": null, "CreatedAt": "2026-03-01T12:00:00Z", "UpdatedAt": "0001-01-01T00:00:00Z", "Metrics": null,
		"Health": {"Status": "degraded", "AvailableCapacity": -1, "Utilization": -1},
		"Site": {"ID": "us-east-1", "Name": "us-east-1", "Description": "AWS region us-east-1", "Location": {"GlobalID": "us-east-1", "Name": "us-east-1",
			"Description": "", "Address": "", "Coordinate": null, "CivicAddress": null, "Extensions": null}}
	}`)
}

func TestAResourceAsItIsShown(t *testing.T) {
	tag := func(key, value string) ec2types.Tag { return ec2types.Tag{Key: &key, Value: &value} }
	wantJSON(t, theMapper.resource(ec2types.Instance{
		InstanceId: aws.String("i-1"), InstanceType: "m5.large", State: &ec2types.InstanceState{Name: "running"}, Architecture: "x86_64", LaunchTime: &made,
		ImageId: aws.String("ami-1"), PrivateIpAddress: aws.String("10.0.0.4"), SubnetId: aws.String("subnet-1"), VpcId: aws.String("vpc-1"),
		Placement: &ec2types.Placement{AvailabilityZone: aws.String("us-east-1a")},
		Tags: []ec2types.Tag{
			tag("Name", "du-1"), tag("o2ims.oran.org/tenant", "north"), tag("o2ims.oran.org/tags", "a, b"), tag("o2ims.oran.org/global-asset-id", "urn:1"),
			tag("aws:autoscaling:groupName", "edge"), tag("apiToken", "x"),
		},
	}, member{"edge", asgtypes.Instance{InstanceType: aws.String("m5.large"), LifecycleState: "InService", HealthStatus: aws.String("Healthy")}}), `{
		"ID": "i-1", "Tenant": "north", "Revision": 0, "Name": "du-1", "Description": "", "ResourceTypeID": "m5.large", "ResourcePoolID": "edge",
		"ParentID": "", "GlobalAssetID": "urn:1", "Tags": ["a", "b"], "Volatile": null,
		"Extensions": {"type": "cloud", "aws.state": "running", "aws.lifecycleState": "InService", "aws.healthStatus": "Healthy", "aws.availabilityZone": "us-east-1a",
			"aws.imageId": "ami-1", "aws.privateIpAddress": "10.0.0.4", "aws.subnetId": "subnet-1", "aws.vpcId": "vpc-1", "aws.architecture": "x86_64",
			"aws.launchTime": "2026-03-01T12:00:00Z"}
	}`)
}

func TestATypeAsItIsShown(t *testing.T) {
	wantJSON(t, theMapper.resourceType("g4dn.xlarge", ec2types.InstanceTypeInfo{
		VCpuInfo: &ec2types.VCpuInfo{DefaultVCpus: aws.Int32(4)}, MemoryInfo: &ec2types.MemoryInfo{SizeInMiB: aws.Int64(16384)},
		ProcessorInfo: &ec2types.ProcessorInfo{SupportedArchitectures: []ec2types.ArchitectureType{"x86_64"}},
		GpuInfo:       &ec2types.GpuInfo{Gpus: []ec2types.GpuDeviceInfo{{Count: aws.Int32(1), Manufacturer: aws.String("NVIDIA"), Name: aws.String("T4")}}},
		Hypervisor:    "nitro",
	}), `{
		"ID": "g4dn.xlarge", "Tenant": "", "Revision": 0, "Name": "g4dn.xlarge", "Description": "4 vCPUs, 16384 MiB, 1 GPUs T4", "Vendor": "AWS",
		"Model": "g4dn.xlarge", "Version": "", "ResourceKind": "LOGICAL", "ResourceClass": "COMPUTE", "Volatile": null,
		"AlarmDictionaryVersion": "", "Alarms": null,
		"Extensions": {"type": "cloud", "hasGPU": true, "aws.vcpus": 4, "aws.memoryMiB": 16384, "aws.architectures": ["x86_64"], "aws.hypervisor": "nitro",
			"aws.gpus": [{"count": 1, "manufacturer": "NVIDIA", "name": "T4"}]}
	}`)
	wantJSON(t, theMapper.resourceType("z9.new", ec2types.InstanceTypeInfo{}), `{
		"ID": "z9.new", "Tenant": "", "Revision": 0, "Name": "z9.new", "Description": "", "Vendor": "AWS", "Model": "z9.new", "Version": "",
		"ResourceKind": "LOGICAL", "ResourceClass": "COMPUTE", "Volatile": null, "Extensions": {"type": "cloud", "hasGPU": false},
		"AlarmDictionaryVersion": "", "Alarms": null
	}`)
}

func TestAClusterAsItIsShown(t *testing.T) {
	wantJSON(t, theMapper.manager(&ekstypes.Cluster{
		Name: aws.String("apps"), Arn: aws.String("arn:apps"), Status: "ACTIVE", Version: aws.String("1.33"), Endpoint: aws.String("https://apps.eks"),
		CertificateAuthority: &ekstypes.Certificate{Data: aws.String("x")}, Tags: map[string]string{"o2ims.oran.org/tenant": "north"},
		ResourcesVpcConfig: &ekstypes.VpcConfigResponse{VpcId: aws.String("vpc-1"), SubnetIds: []string{"subnet-2", "subnet-1"}},
	}), `{
		"ID": "apps", "Tenant": "north", "Revision": 0, "Name": "apps", "Description": "EKS cluster in us-east-1", "OCloudID": "ocloud-aws-1",
		"ServiceURI": "https://apps.eks", "SupportedLocations": ["us-east-1"], "Capabilities": {"kubernetesVersion": "1.33"}, "Capacity": null, "Volatile": null,
		"Extensions": {"type": "cloud", "aws.arn": "arn:apps", "aws.status": "ACTIVE", "aws.vpcId": "vpc-1", "aws.subnets": ["subnet-1", "subnet-2"]}
	}`)
}

package backend

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/netweave/netweave/plugins/aws/internal/api"
	"github.com/netweave/netweave/sdk"
)

const groupTag = api.GroupTag

// mapper makes netweave's nouns of AWS's. The way back is in toaws.go.
type mapper struct {
	region, oCloudID string
}

func (m mapper) manager(c *ekstypes.Cluster) *sdk.DeploymentManager {
	ext := map[string]any{typeExtension: cloud}
	put(ext, "aws.arn", aws.ToString(c.Arn))
	put(ext, "aws.status", string(c.Status))
	put(ext, "aws.platformVersion", aws.ToString(c.PlatformVersion))
	put(ext, "aws.createdAt", stamp(c.CreatedAt))
	if c.ResourcesVpcConfig != nil {
		put(ext, "aws.vpcId", aws.ToString(c.ResourcesVpcConfig.VpcId))
		if len(c.ResourcesVpcConfig.SubnetIds) > 0 {
			ext[subnetsExt] = slices.Sorted(slices.Values(c.ResourcesVpcConfig.SubnetIds))
		}
	}
	putTags(ext, c.Tags)
	capabilities := map[string]any{}
	put(capabilities, "kubernetesVersion", aws.ToString(c.Version))
	return &sdk.DeploymentManager{
		Meta: sdk.Meta{
			ID: *c.Name, Tenant: c.Tags[tenantKey], Name: *c.Name,
			Description: cmp.Or(c.Tags[descriptionKey], "EKS cluster in "+m.region), Extensions: ext,
		},
		OCloudID: m.oCloudID, ServiceURI: aws.ToString(c.Endpoint), SupportedLocations: []string{m.region}, Capabilities: capabilities,
	}
}

func (m mapper) pool(g asgtypes.AutoScalingGroup) *sdk.ResourcePool {
	tags := groupTags(g)
	ext := callersExtensions(tags)
	ext[typeExtension] = cloud
	put(ext, "aws.arn", aws.ToString(g.AutoScalingGroupARN))
	put(ext, "aws.createdAt", stamp(g.CreatedTime))
	put(ext, "aws.healthCheckType", aws.ToString(g.HealthCheckType))
	ext[minExt], ext[maxExt], ext[desiredExt] = aws.ToInt32(g.MinSize), aws.ToInt32(g.MaxSize), aws.ToInt32(g.DesiredCapacity)
	if spec := templateOf(g); spec != nil {
		template := map[string]any{}
		put(template, "id", aws.ToString(spec.LaunchTemplateId))
		put(template, "name", aws.ToString(spec.LaunchTemplateName))
		put(template, "version", aws.ToString(spec.Version))
		ext[templateExt] = template
	}
	put(ext, "aws.launchConfiguration", aws.ToString(g.LaunchConfigurationName))
	zones := slices.Sorted(slices.Values(g.AvailabilityZones))
	if len(zones) > 0 {
		ext[zonesExt] = zones
	}
	if subnets := subnetsOf(g); len(subnets) > 0 {
		ext[subnetsExt] = subnets
	}
	if len(g.SuspendedProcesses) > 0 {
		var names []string
		for _, p := range g.SuspendedProcesses {
			names = append(names, aws.ToString(p.ProcessName))
		}
		ext[suspendedExt] = slices.Sorted(slices.Values(names))
	}
	putTags(ext, tags)
	return &sdk.ResourcePool{
		Meta: sdk.Meta{
			ID: *g.AutoScalingGroupName, Tenant: tags[tenantKey], Name: *g.AutoScalingGroupName, Description: tags[descriptionKey],
			Extensions: ext, Volatile: map[string]any{instancesExt: len(g.Instances)},
		},
		OCloudID: m.oCloudID, Location: strings.Join(zones, ", "), GlobalLocationID: tags[globalLocationKey],
		Site: m.site(tags[globalLocationKey]), CreatedAt: aws.ToTime(g.CreatedTime), Health: healthOf(g.Instances),
	}
}

// templateOf gives the launch template of a group, nil if it has none.
func templateOf(g asgtypes.AutoScalingGroup) *asgtypes.LaunchTemplateSpecification {
	if g.LaunchTemplate == nil && g.MixedInstancesPolicy != nil && g.MixedInstancesPolicy.LaunchTemplate != nil {
		return g.MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification
	}
	return g.LaunchTemplate
}

func subnetsOf(g asgtypes.AutoScalingGroup) []string {
	subnets := splitList(aws.ToString(g.VPCZoneIdentifier))
	slices.Sort(subnets)
	return subnets
}

func splitList(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func (m mapper) resource(i ec2types.Instance, of member) *sdk.Resource {
	tags := tagsOf(i.Tags)
	ext := callersExtensions(tags)
	ext[typeExtension] = cloud
	if i.State != nil {
		put(ext, "aws.state", string(i.State.Name))
	}
	put(ext, "aws.lifecycleState", string(of.LifecycleState))
	put(ext, "aws.healthStatus", aws.ToString(of.HealthStatus))
	if i.Placement != nil {
		put(ext, "aws.availabilityZone", aws.ToString(i.Placement.AvailabilityZone))
	}
	for key, value := range map[string]*string{
		"imageId": i.ImageId, "privateIpAddress": i.PrivateIpAddress, "publicIpAddress": i.PublicIpAddress,
		"privateDnsName": i.PrivateDnsName, "subnetId": i.SubnetId, "vpcId": i.VpcId, "platform": i.PlatformDetails,
	} {
		put(ext, reserved+key, aws.ToString(value))
	}
	put(ext, "aws.architecture", string(i.Architecture))
	put(ext, "aws.purchase", string(i.InstanceLifecycle)) // spot, where it is
	put(ext, "aws.launchTime", stamp(i.LaunchTime))
	putTags(ext, tags)
	return &sdk.Resource{
		Meta: sdk.Meta{
			ID: *i.InstanceId, Tenant: tags[tenantKey], Name: cmp.Or(tags[nameKey], *i.InstanceId),
			Description: tags[descriptionKey], Extensions: ext,
		},
		ResourceTypeID: cmp.Or(aws.ToString(of.InstanceType), string(i.InstanceType)), ResourcePoolID: of.group,
		GlobalAssetID: tags[globalAssetKey], Tags: splitList(tags[tagsKey]),
	}
}

// resourceType makes a type of what AWS says of it, which may be nothing.
func (m mapper) resourceType(name string, info ec2types.InstanceTypeInfo) *sdk.ResourceType {
	ext := map[string]any{typeExtension: cloud}
	var says []string
	if info.VCpuInfo != nil && info.VCpuInfo.DefaultVCpus != nil {
		ext["aws.vcpus"] = *info.VCpuInfo.DefaultVCpus
		says = append(says, strconv.Itoa(int(*info.VCpuInfo.DefaultVCpus))+" vCPUs")
	}
	if info.MemoryInfo != nil && info.MemoryInfo.SizeInMiB != nil {
		ext["aws.memoryMiB"] = *info.MemoryInfo.SizeInMiB
		says = append(says, strconv.FormatInt(*info.MemoryInfo.SizeInMiB, 10)+" MiB")
	}
	if info.ProcessorInfo != nil && len(info.ProcessorInfo.SupportedArchitectures) > 0 {
		ext["aws.architectures"] = each(info.ProcessorInfo.SupportedArchitectures, func(a ec2types.ArchitectureType) string { return string(a) })
	}
	ext["hasGPU"] = info.GpuInfo != nil && len(info.GpuInfo.Gpus) > 0
	if info.GpuInfo != nil {
		var gpus []map[string]any
		for _, g := range info.GpuInfo.Gpus {
			gpu := map[string]any{"count": aws.ToInt32(g.Count)}
			put(gpu, "manufacturer", aws.ToString(g.Manufacturer))
			put(gpu, "name", aws.ToString(g.Name))
			gpus = append(gpus, gpu)
			says = append(says, strconv.Itoa(int(aws.ToInt32(g.Count)))+" GPUs "+aws.ToString(g.Name))
		}
		if len(gpus) > 0 {
			ext["aws.gpus"] = gpus
		}
	}
	if info.NetworkInfo != nil {
		put(ext, "aws.networkPerformance", aws.ToString(info.NetworkInfo.NetworkPerformance))
	}
	put(ext, "aws.hypervisor", string(info.Hypervisor))
	kind := sdk.ResourceKindLogical
	if aws.ToBool(info.BareMetal) {
		kind = sdk.ResourceKindPhysical
	}
	return &sdk.ResourceType{
		Meta:   sdk.Meta{ID: name, Name: name, Description: strings.Join(says, ", "), Extensions: ext},
		Vendor: "AWS", Model: name, ResourceKind: kind, ResourceClass: sdk.ResourceClassCompute,
	}
}

func groupTags(g asgtypes.AutoScalingGroup) map[string]string {
	tags := map[string]string{}
	for _, t := range g.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags
}

func tagsOf(list []ec2types.Tag) map[string]string {
	tags := map[string]string{}
	for _, t := range list {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags
}

// callersExtensions are those that were given when the object was made. Somebody
// may have edited them in AWS: what is no JSON object is none.
func callersExtensions(tags map[string]string) map[string]any {
	ext := map[string]any{}
	dec := json.NewDecoder(strings.NewReader(tags[extensionsKey]))
	dec.UseNumber()
	if dec.Decode(&ext) != nil || ext == nil {
		return map[string]any{}
	}
	maps.DeleteFunc(ext, func(key string, _ any) bool { return strings.HasPrefix(key, reserved) })
	return ext
}

// putTags shows tags that are neither netweave's nor AWS's own, and no secrets.
func putTags(ext map[string]any, tags map[string]string) {
	shown := map[string]string{}
	for key, value := range tags {
		if key != "" && key != nameKey && !strings.HasPrefix(key, ownKeys) && !strings.HasPrefix(key, systemKeys) && !secretive(key) {
			shown[key] = value
		}
	}
	if len(shown) > 0 {
		ext[tagsExt] = shown
	}
}

// secretive tells whether a key names something that is better not shown.
func secretive(key string) bool {
	key = strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(strings.ToLower(key))
	return slices.ContainsFunc([]string{"password", "passwd", "passphrase", "secret", "token", "credential", "apikey", "privatekey"},
		func(word string) bool { return strings.Contains(key, word) })
}

// put sets what is known.
func put(m map[string]any, key, value string) {
	if value != "" {
		m[key] = value
	}
}

func stamp(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

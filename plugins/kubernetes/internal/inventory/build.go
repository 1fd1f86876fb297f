package inventory

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/netweave/netweave/sdk"
)

// The types of resources of which Kubernetes does not know a better one.
const (
	NodeType   = "kubernetes-node"
	VolumeType = "kubernetes-persistentvolume"
)

// Cluster is what is known of the cluster as a whole.
type Cluster struct {
	// ID is stable for the cluster's life.
	ID   string
	Name string
	// Endpoint is the API's URL, Version the server's.
	Endpoint, Version, Platform string
}

// build makes the noun of key from its parts, nil if there is none.
func (m *Model) build(key Key) sdk.Object {
	switch key.Kind {
	case sdk.KindDeploymentManager:
		if key.ID == "" || key.ID != m.cluster.ID {
			return nil
		}
		return m.buildCluster(key)
	case sdk.KindResourceType:
		return m.buildType(key)
	case sdk.KindResourcePool:
		return m.buildPool(key)
	case sdk.KindResource:
		return m.buildResource(key)
	}
	return nil
}

func (m *Model) buildCluster(key Key) sdk.Object {
	c := m.cluster
	dm := &sdk.DeploymentManager{
		Meta: sdk.Meta{
			ID: key.ID, Revision: m.version[key], Name: c.Name,
			Description: "Kubernetes cluster " + c.Name,
			Extensions:  map[string]any{},
			Volatile:    map[string]any{"k8s.nodes": m.told.nodes},
		},
		OCloudID: m.settings.OCloudID, ServiceURI: withoutSecrets(c.Endpoint),
		SupportedLocations: slices.Sorted(maps.Keys(m.zones)),
		Capabilities:       map[string]any{"kubernetes": c.Version},
		Capacity: map[string]any{
			"nodes": m.told.nodes, "cpu": cores(m.told.capacity.milliCPU), "memoryBytes": m.told.capacity.memoryBytes,
			"ephemeralStorageBytes": m.told.capacity.storageBytes, "pods": m.told.capacity.pods,
			"allocatableCpu": cores(m.told.allocatable.milliCPU), "allocatableMemoryBytes": m.told.allocatable.memoryBytes,
			"allocatablePods": m.told.allocatable.pods,
		},
	}
	setText(dm.Extensions, "k8s.version", c.Version)
	setText(dm.Extensions, "k8s.platform", c.Platform)
	return dm
}

// cores is a number of CPUs; fractions are kept.
func cores(milli int64) float64 { return float64(milli) / 1000 }

// withoutSecrets drops what a URL may carry beside the address.
func withoutSecrets(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return strings.TrimRight(u.String(), "/")
}

func (m *Model) buildType(key Key) sdk.Object {
	if c, ok := m.parts[key.ID].(*StorageClass); ok {
		t := &sdk.ResourceType{
			Meta:   m.meta(key, c.Name, c.labelled),
			Vendor: c.provisioner, Model: c.Name,
			ResourceKind: sdk.ResourceKindLogical, ResourceClass: sdk.ResourceClassStorage,
		}
		c.fields.addTo(t.Extensions)
		return t
	}
	if m.types[key.ID] == 0 {
		return nil
	}
	t := &sdk.ResourceType{
		Meta:         m.meta(key, key.ID, labelled{}),
		Model:        key.ID,
		ResourceKind: sdk.ResourceKindUndefined, ResourceClass: sdk.ResourceClassCompute,
	}
	if key.ID != VolumeType {
		t.AlarmDictionaryVersion, t.Alarms = alarmDictionaryVersion, definitions
	}
	switch key.ID {
	case NodeType:
		t.Description, t.Model = "A Kubernetes Node of no known instance type", ""
	case VolumeType:
		t.Description, t.Model = "A PersistentVolume without a StorageClass", ""
		t.ResourceKind, t.ResourceClass = sdk.ResourceKindLogical, sdk.ResourceClassStorage
	default:
		t.Description = "Instance type " + key.ID
		t.Extensions["k8s.instanceType"] = key.ID
	}
	return t
}

func (m *Model) buildPool(key Key) sdk.Object {
	p, ok := m.parts[key.ID].(*MachinePool)
	if !ok {
		return m.buildGroup(key)
	}
	if p.terminating {
		return nil
	}
	pool := &sdk.ResourcePool{
		Meta:     m.meta(key, p.Name, p.labelled),
		OCloudID: m.settings.OCloudID, Location: firstOf(p.zone, p.region), GlobalLocationID: m.settings.GlobalLocationID,
		Tags: tagsOf(p.tags), Site: m.siteOf(p.zone, p.region), CreatedAt: timeOf(p.created),
	}
	m.fill(pool, key, m.poolStanding(p))
	p.fields.addTo(pool.Extensions)
	prefix := "k8s." + strings.ToLower(string(p.Kind))
	pool.Volatile = map[string]any{prefix + ".readyReplicas": p.ready, prefix + ".availableReplicas": p.available}
	return pool
}

// poolStanding sums up what belongs to a pool. Where Machines cannot be read, the
// pool's own counts are what there is.
func (m *Model) poolStanding(p *MachinePool) standing {
	var s standing
	for uid := range m.members[p.key()] {
		if m.placed[uid].pool == p.UID {
			s.add(m, uid)
		}
	}
	for uid := range m.members[p.UID] {
		if _, counted := m.members[p.key()][uid]; !counted && m.placed[uid].pool == p.UID {
			s.add(m, uid)
		}
	}
	if s.nodes == 0 && p.replicas > 0 {
		s.nodes, s.healthy = p.replicas, max(0, min(p.ready, p.replicas))
	}
	return s
}

func (m *Model) buildResource(key Key) sdk.Object {
	at, ok := m.placed[key.ID]
	if !ok {
		return nil
	}
	r := &sdk.Resource{ResourceTypeID: at.typeID}
	if at.grouped {
		r.ResourcePoolID = m.groupID(at.group)
	}
	switch p := m.parts[key.ID].(type) {
	case *Machine:
		m.fillMachine(r, key, p)
	case *Node:
		r.Meta = m.meta(key, p.Name, p.labelled)
		r.Extensions["k8s.kind"] = string(PartNode)
		fillNode(r, p)
	case *Volume:
		m.fillVolume(r, key, p)
	}
	return r
}

func (m *Model) fillMachine(r *sdk.Resource, key Key, p *Machine) {
	node, joined := m.parts[m.nodeOf[key.ID]].(*Node)
	name, by := p.Name, p.labelled
	if joined {
		name = node.Name
		by = labelled{
			tenant: firstOf(p.tenant, node.tenant), title: firstOf(p.title, node.title), description: firstOf(p.description, node.description),
			tags: firstOf(p.tags, node.tags), globalAssetID: firstOf(p.globalAssetID, node.globalAssetID),
		}
	}
	r.Meta = m.meta(key, name, by)
	r.Extensions["k8s.kind"] = "Machine"
	p.fields.addTo(r.Extensions)
	setText(r.Extensions, "k8s.instanceType", p.instanceType)
	setText(r.Extensions, "k8s.zone", p.zone)
	setText(r.Extensions, "k8s.region", p.region)
	r.Tags, r.GlobalAssetID = tagsOf(by.tags), firstOf(by.globalAssetID, p.providerID)
	if joined {
		fillNode(r, node)
		r.Tags, r.GlobalAssetID = tagsOf(by.tags), firstOf(by.globalAssetID, p.providerID, node.providerID)
	}
	if pool := m.poolOf(p); pool != "" {
		r.ResourcePoolID = pool
	}
}

func fillNode(r *sdk.Resource, n *Node) {
	n.fields.addTo(r.Extensions)
	setText(r.Extensions, "k8s.instanceType", n.instanceType)
	setText(r.Extensions, "k8s.zone", n.zone)
	setText(r.Extensions, "k8s.region", n.region)
	r.Tags, r.GlobalAssetID = tagsOf(n.tags), firstOf(n.globalAssetID, n.providerID)
}

func (m *Model) fillVolume(r *sdk.Resource, key Key, v *Volume) {
	r.Meta = m.meta(key, v.Name, v.labelled)
	r.Extensions["k8s.kind"] = string(PartVolume)
	v.fields.addTo(r.Extensions)
	r.Tags, r.GlobalAssetID = tagsOf(v.tags), firstOf(v.globalAssetID, v.handle)
	if class := m.byName[classKey(v.class)]; class != "" {
		r.ResourceTypeID = class
	}
	// A volume joins a group of Nodes, but never makes one.
	if v.group != "" && len(m.groups[v.group]) > 0 {
		r.ResourcePoolID = m.groupID(v.group)
	}
}

func (m *Model) meta(key Key, name string, by labelled) sdk.Meta {
	return sdk.Meta{
		ID: key.ID, Tenant: by.tenant, Revision: m.version[key],
		Name: firstOf(by.title, name), Description: by.description,
		Extensions: map[string]any{},
	}
}

func tagsOf(list string) []string {
	var tags []string
	for tag := range strings.SplitSeq(list, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

func setText(extensions map[string]any, key, value string) {
	if value != "" {
		extensions[key] = value
	}
}

package inventory

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/netweave/netweave/sdk"
)

// groupID is the id of the pool of Nodes whose label has the value; "" is the
// group of Nodes that lack the label.
func (m *Model) groupID(value string) string { return m.settings.GroupLabel + "=" + value }

// groupOf undoes groupID for groups that exist.
func (m *Model) groupOf(id string) (value string, ok bool) {
	value, ok = strings.CutPrefix(id, m.settings.GroupLabel+"=")
	return value, ok && len(m.groups[value]) > 0
}

// buildGroup makes the pool of a label group. Its location is the zone that all
// its members share.
func (m *Model) buildGroup(key Key) sdk.Object {
	value, ok := m.groupOf(key.ID)
	if !ok {
		return nil
	}
	location, _ := m.groupPlace(value)
	pool := &sdk.ResourcePool{
		Meta:     m.meta(key, value, labelled{tenant: m.groupTenant(value)}),
		OCloudID: m.settings.OCloudID, Location: location, GlobalLocationID: m.settings.GlobalLocationID,
	}
	var s standing
	for id := range m.groups[value] {
		s.add(m, id)
	}
	pool.Site = m.siteOf(m.groupPlace(value))
	m.fill(pool, key, s)
	pool.Description = "Nodes labelled " + key.ID
	pool.Extensions["k8s.kind"] = "NodeGroup"
	pool.Extensions["k8s.poolLabel"] = m.settings.GroupLabel
	if value == "" {
		pool.Name, pool.Description = "ungrouped", "Nodes without the label "+m.settings.GroupLabel
	} else {
		pool.Extensions["k8s.poolLabelValue"] = value
	}
	return pool
}

// groupPlace is the zone that all members of a group share, and its region.
func (m *Model) groupPlace(value string) (zone, region string) {
	first := true
	for id := range m.groups[value] {
		if at := m.placed[id].zone; first {
			zone, first = at, false
		} else if at != zone {
			zone = ""
			break
		}
	}
	switch m.settings.GroupLabel {
	case corev1.LabelTopologyZone:
		zone = value
	case corev1.LabelTopologyRegion:
		region = value
	}
	return zone, region
}

// groupTenant is the tenant that owns every member, "" if there is no such: a
// pool that tenants share belongs to the platform.
func (m *Model) groupTenant(value string) string {
	owner, first := "", true
	for id := range m.groups[value] {
		if tenant := m.placed[id].tenant; first {
			owner, first = tenant, false
		} else if tenant != owner {
			return ""
		}
	}
	return owner
}

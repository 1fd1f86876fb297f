package pluginhost

import pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"

// weight is what an object's attributes take, in bytes.
func weight(o *pluginv1.Object) int {
	n := len(o.GetId()) + len(o.GetTenant()) + len(o.GetName()) + len(o.GetDescription()) +
		len(o.GetExtensionsJson()) + len(o.GetVolatileJson())
	switch noun := o.GetNoun().(type) {
	case *pluginv1.Object_DeploymentManager:
		d := noun.DeploymentManager
		n += len(d.GetOcloudId()) + len(d.GetServiceUri()) + len(d.GetCapabilitiesJson()) + len(d.GetCapacityJson()) +
			weightOf(d.GetSupportedLocations())
	case *pluginv1.Object_ResourcePool:
		p := noun.ResourcePool
		n += len(p.GetOcloudId()) + len(p.GetLocation()) + len(p.GetGlobalLocationId()) + weightOf(p.GetTags()) +
			weightOfSite(p.GetSite())
		if p.GetHealth() != nil {
			n += len(p.GetHealth().GetStatus()) + 2*figureBytes
		}
		if p.GetMetrics() != nil {
			n += 9 * figureBytes
		}
	case *pluginv1.Object_Resource:
		r := noun.Resource
		n += len(r.GetResourceTypeId()) + len(r.GetResourcePoolId()) + len(r.GetParentId()) + len(r.GetGlobalAssetId()) +
			weightOf(r.GetTags())
	case *pluginv1.Object_ResourceType:
		t := noun.ResourceType
		n += len(t.GetVendor()) + len(t.GetModel()) + len(t.GetVersion()) + len(t.GetAlarmDictionaryVersion())
		for _, d := range t.GetAlarmDefinitions() {
			n += weightOfDefinition(d)
		}
	}
	return n
}

// figureBytes is what a number or a time takes.
const figureBytes = 8

// structBytes is what a part of an object takes besides its texts, about.
const structBytes = 128

func weightOfSite(s *pluginv1.Site) int {
	if s == nil {
		return 0
	}
	l := s.GetLocation()
	n := structBytes + len(s.GetId()) + len(s.GetName()) + len(s.GetDescription()) + len(l.GetGlobalId()) + len(l.GetName()) +
		len(l.GetDescription()) + len(l.GetAddress()) + len(l.GetExtensionsJson())
	for _, e := range l.GetCivicAddress() {
		n += 16 + figureBytes + len(e.GetValue())
	}
	return n
}

func weightOfDefinition(d *pluginv1.AlarmDefinition) int {
	return structBytes + len(d.GetId()) + len(d.GetName()) + len(d.GetDescription()) + len(d.GetRepairActions()) +
		len(d.GetLastChange()) + len(d.GetProbableCause()) + len(d.GetAdditionalFieldsJson())
}

// weightOf counts an empty text too, since it takes its string header.
func weightOf(texts []string) int {
	n := 16 * len(texts)
	for _, s := range texts {
		n += len(s)
	}
	return n
}

package sdk

import (
	"fmt"
	"unicode/utf8"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// textField is a text with the name that its author knows it by.
type textField struct{ name, text string }

// checkText finds text that is not UTF-8, which could not be sent. Texts inside
// JSON are UTF-8 once encoded.
func checkText(p *pluginv1.Object) error {
	fields := []textField{{"ID", p.GetId()}, {"Tenant", p.GetTenant()}, {"Name", p.GetName()}, {"Description", p.GetDescription()}}
	switch n := p.GetNoun().(type) {
	case *pluginv1.Object_DeploymentManager:
		d := n.DeploymentManager
		fields = append(fields, textField{"OCloudID", d.GetOcloudId()}, textField{"ServiceURI", d.GetServiceUri()})
		for _, text := range d.GetSupportedLocations() {
			fields = append(fields, textField{"SupportedLocations", text})
		}
	case *pluginv1.Object_ResourcePool:
		fields = append(fields, poolTexts(n.ResourcePool)...)
	case *pluginv1.Object_Resource:
		d := n.Resource
		fields = append(fields, textField{"ResourceTypeID", d.GetResourceTypeId()}, textField{"ResourcePoolID", d.GetResourcePoolId()},
			textField{"ParentID", d.GetParentId()}, textField{"GlobalAssetID", d.GetGlobalAssetId()})
		for _, text := range d.GetTags() {
			fields = append(fields, textField{"Tags", text})
		}
	case *pluginv1.Object_ResourceType:
		fields = append(fields, typeTexts(n.ResourceType)...)
	}
	return utf8Fields(fields)
}

func poolTexts(p *pluginv1.ResourcePool) []textField {
	fields := []textField{
		{"OCloudID", p.GetOcloudId()}, {"Location", p.GetLocation()}, {"GlobalLocationID", p.GetGlobalLocationId()},
	}
	for _, text := range p.GetTags() {
		fields = append(fields, textField{"Tags", text})
	}
	if s := p.GetSite(); s != nil {
		l := s.GetLocation()
		fields = append(fields, textField{"Site.ID", s.GetId()}, textField{"Site.Name", s.GetName()},
			textField{"Site.Description", s.GetDescription()}, textField{"Site.Location.GlobalID", l.GetGlobalId()},
			textField{"Site.Location.Name", l.GetName()}, textField{"Site.Location.Description", l.GetDescription()},
			textField{"Site.Location.Address", l.GetAddress()})
		for _, e := range l.GetCivicAddress() {
			fields = append(fields, textField{"Site.Location.CivicAddress", e.GetValue()})
		}
	}
	return fields
}

func typeTexts(t *pluginv1.ResourceType) []textField {
	fields := []textField{
		{"Vendor", t.GetVendor()}, {"Model", t.GetModel()}, {"Version", t.GetVersion()},
		{"AlarmDictionaryVersion", t.GetAlarmDictionaryVersion()},
	}
	for i, d := range t.GetAlarmDefinitions() {
		for _, f := range []textField{
			{"ID", d.GetId()}, {"Name", d.GetName()}, {"Description", d.GetDescription()}, {"RepairActions", d.GetRepairActions()},
			{"LastChange", d.GetLastChange()}, {"ProbableCause", d.GetProbableCause()},
		} {
			fields = append(fields, textField{fmt.Sprintf("Alarms[%d].%s", i, f.name), f.text})
		}
	}
	return fields
}

func utf8Fields(fields []textField) error {
	for _, f := range fields {
		if !utf8.ValidString(f.text) {
			return fmt.Errorf("%s is not UTF-8 (%q): convert it", f.name, f.text)
		}
	}
	return nil
}

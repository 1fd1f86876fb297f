package main

import (
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/netweave/netweave/sdk"
)

// The states that resources and pools go through.
var (
	serviceStates = []string{"in-service", "maintenance", "degraded"}
	adminStates   = []string{"unlocked", "locked"}
)

// pool is one version of a resource pool. It is never changed once it is in the
// cloud: a change puts a new version in its place.
type pool struct {
	id, tenant, name, description string
	location, globalLocation      string
	revision, order               uint64
	tags                          []string
	place                         *place // nil for pools that were created elsewhere
	hall                          int    // of place
	created, updated              time.Time
	admin                         uint8
	extensions                    map[string]any // what its creator gave
}

// resource is one version of a resource, slim because there may be a million.
// Like a pool it is never changed.
type resource struct {
	id, pool, parent, tenant string
	revision, order          uint64
	model                    uint8
	state                    uint8
	firmware                 uint16
	rack, unit               uint16
	given                    *given // nil for resources that were made up
}

// given is what the creator of a resource gave.
type given struct {
	name, description, asset string
	tags                     []string
	extensions               map[string]any
}

// reported are the extensions that the cloud itself reports of a pool.
func (p *pool) reported() map[string]any {
	ext := map[string]any{adminStateKey: adminStates[p.admin]}
	if p.place != nil {
		ext["mock.site"] = p.place.code
		ext["mock.coordinates"] = map[string]any{"latitude": p.place.latitude, "longitude": p.place.longitude}
	}
	return ext
}

func (s standing) object(oCloudID string, at time.Time) *sdk.ResourcePool {
	ext := s.reported()
	maps.Copy(ext, s.extensions)
	metrics := s.metrics(at)
	o := &sdk.ResourcePool{
		Meta: sdk.Meta{
			ID: s.id, Tenant: s.tenant, Revision: s.revision,
			Name: s.name, Description: s.description, Extensions: ext,
		},
		OCloudID: oCloudID, Location: s.location, GlobalLocationID: s.globalLocation, Tags: s.tags,
		CreatedAt: s.created, UpdatedAt: s.updated, Health: s.health(metrics), Metrics: metrics,
	}
	if s.place != nil {
		o.Site = s.place.site(s.hall)
	}
	return o
}

func (r *resource) object() *sdk.Resource {
	m := &models[r.model]
	serial := hash(0, "serial", r.id)
	ext := make(map[string]any, 8+len(m.facts))
	maps.Copy(ext, m.facts)
	ext["mock.state"] = serviceStates[r.state]
	ext["mock.firmware"] = m.firmware + "." + strconv.Itoa(int(r.firmware))
	ext["mock.serial"] = fmt.Sprintf("%s%08X", m.model, uint32(serial))
	if r.rack > 0 {
		ext["mock.rack"] = fmt.Sprintf("R%02d", r.rack)
		if m.units > 0 {
			ext["mock.rackUnit"] = int(r.unit)
		}
	}
	o := &sdk.Resource{
		Meta: sdk.Meta{
			ID: r.id, Tenant: r.tenant, Revision: r.revision,
			Name: r.id, Description: m.description, Extensions: ext,
			Volatile: map[string]any{
				"mock.temperatureCelsius": m.idleCelsius + int((serial+r.revision)%9),
				"mock.powerWatts":         m.idleWatts + int((serial>>8+r.revision)%60),
			},
		},
		ResourceTypeID: m.id, ResourcePoolID: r.pool, ParentID: r.parent,
		GlobalAssetID: fmt.Sprintf("urn:mock:asset:%016x", serial),
		Tags:          []string{"class:" + string(m.class), "vendor:" + m.vendor},
	}
	if g := r.given; g != nil {
		o.Name, o.Description = g.name, g.description
		if g.asset != "" {
			o.GlobalAssetID = g.asset
		}
		if len(g.tags) > 0 {
			o.Tags = g.tags
		}
		maps.Copy(o.Extensions, g.extensions)
	}
	return o
}

func modelObject(i int) *sdk.ResourceType {
	m := &models[i]
	return &sdk.ResourceType{
		Meta: sdk.Meta{
			ID: m.id, Revision: 1, Name: m.id, Description: m.description,
			Extensions: map[string]any{"mock.rackUnits": m.units},
		},
		Vendor: m.vendor, Model: m.model, Version: m.version, ResourceKind: m.kind, ResourceClass: m.class,
		AlarmDictionaryVersion: dictionaryVersion, Alarms: definitions(i),
	}
}

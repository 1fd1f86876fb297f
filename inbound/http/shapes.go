package httpserver

import (
	"github.com/netweave/netweave/inbound/http/inventoryv1"
	"github.com/netweave/netweave/inbound/http/inventoryv2"
	"github.com/netweave/netweave/inbound/http/monitoringv1"
	"github.com/netweave/netweave/inbound/http/o2imsv1"
	"github.com/netweave/netweave/inbound/http/o2imsv2"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/ocloud"
)

// The shapes in which API families show objects: the places of their projections
// in the list that the core is given.
const (
	shapeO2IMSv1 inventory.Shape = iota
	shapeInventoryV1
	shapeInventoryV1Default
	shapeInventoryV2
	shapeInventoryV2Default
	shapeAlarmDictionary
	shapeMonitoringV1
	shapeO2IMSv2

	shapes
)

// Projections returns the list of projections that the core is to be given. The
// atlas tells where pools stand.
func Projections(atlas ocloud.Atlas) []inventory.Projection {
	list := make([]inventory.Projection, shapes)
	list[shapeO2IMSv1] = o2imsv1.Project
	v1 := inventoryv1.Model(atlas)
	list[shapeInventoryV1], list[shapeInventoryV1Default] = v1.Whole, v1.Default
	v2 := inventoryv2.Model(atlas)
	list[shapeInventoryV2], list[shapeInventoryV2Default] = v2.Whole, v2.Default
	list[shapeAlarmDictionary] = inventoryv2.Dictionary
	list[shapeMonitoringV1] = monitoringv1.Project
	list[shapeO2IMSv2] = o2imsv2.Project
	return list
}

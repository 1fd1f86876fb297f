package httpserver

import (
	"github.com/netweave/netweave/inbound/http/monitoringv1"
	"github.com/netweave/netweave/inbound/http/o2imsv1"
	"github.com/netweave/netweave/ports/inventory"
)

// The shapes in which API families show objects: the places of their projections
// in the list that the core is given.
const (
	shapeO2IMSv1 inventory.Shape = iota
	shapeMonitoringV1

	shapes
)

// Projections returns the list of projections that the core is to be given.
func Projections() []inventory.Projection {
	list := make([]inventory.Projection, shapes)
	list[shapeO2IMSv1] = o2imsv1.Project
	list[shapeMonitoringV1] = monitoringv1.Project
	return list
}

package httpserver

import (
	"github.com/netweave/netweave/inbound/http/o2imsv1"
	"github.com/netweave/netweave/inbound/http/o2imsv2"
	"github.com/netweave/netweave/ports/inventory"
)

// The shapes in which API families show objects: the places of their projections
// in the list that the core is given.
const (
	shapeO2IMSv1 inventory.Shape = iota
	shapeO2IMSv2

	shapes
)

// Projections returns the list of projections that the core is to be given.
func Projections() []inventory.Projection {
	list := make([]inventory.Projection, shapes)
	list[shapeO2IMSv1] = o2imsv1.Project
	list[shapeO2IMSv2] = o2imsv2.Project
	return list
}

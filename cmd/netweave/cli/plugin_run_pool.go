package cli

import (
	"time"

	"github.com/netweave/netweave/sdk"
)

// The parts of a pool and of a resource type as JSON shows them.
type (
	siteView struct {
		ID          string       `json:"id"`
		Name        string       `json:"name,omitempty"`
		Description string       `json:"description,omitempty"`
		Location    locationView `json:"location"`
	}
	locationView struct {
		GlobalID     string          `json:"globalLocationId"`
		Name         string          `json:"name,omitempty"`
		Description  string          `json:"description,omitempty"`
		Address      string          `json:"address,omitempty"`
		Coordinate   *coordinateView `json:"coordinate,omitempty"`
		CivicAddress []civicView     `json:"civicAddress,omitempty"`
		Extensions   map[string]any  `json:"extensions,omitempty"`
	}
	coordinateView struct {
		Longitude float64  `json:"longitude"`
		Latitude  float64  `json:"latitude"`
		Altitude  *float64 `json:"altitude,omitempty"`
	}
	civicView struct {
		Type  uint8  `json:"caType"`
		Value string `json:"caValue"`
	}
	// figures that are not known are negative, as in the sdk.
	healthView struct {
		Status            sdk.HealthStatus `json:"status"`
		AvailableCapacity float64          `json:"availableCapacity"`
		Utilization       float64          `json:"utilization"`
	}
	metricsView struct {
		At              time.Time `json:"at"`
		CPUCapacity     float64   `json:"cpuCapacity"`
		CPURequested    float64   `json:"cpuRequested"`
		CPUUsed         float64   `json:"cpuUsed"`
		MemoryCapacity  float64   `json:"memoryCapacity"`
		MemoryRequested float64   `json:"memoryRequested"`
		MemoryUsed      float64   `json:"memoryUsed"`
		Nodes           int64     `json:"nodes"`
		HealthyNodes    int64     `json:"healthyNodes"`
	}
	definitionView struct {
		ID               string           `json:"id"`
		Name             string           `json:"alarmName"`
		Description      string           `json:"alarmDescription,omitempty"`
		RepairActions    string           `json:"proposedRepairActions,omitempty"`
		LastChange       string           `json:"alarmLastChange,omitempty"`
		Change           sdk.AlarmChange  `json:"alarmChangeType,omitempty"`
		Clearing         sdk.ClearingType `json:"clearingType,omitempty"`
		ProbableCause    string           `json:"probableCause,omitempty"`
		AdditionalFields map[string]any   `json:"alarmAdditionalFields,omitempty"`
	}
)

func fillPool(v *view, p *sdk.ResourcePool) {
	v.Tags, v.CreatedAt, v.UpdatedAt = p.Tags, p.CreatedAt, p.UpdatedAt
	if s := p.Site; s != nil {
		v.Site = siteView{ID: s.ID, Name: s.Name, Description: s.Description, Location: locationOf(&s.Location)}
	}
	if p.Health != nil {
		v.Health = healthView(*p.Health)
	}
	if p.Metrics != nil {
		v.Metrics = metricsView(*p.Metrics)
	}
}

func locationOf(l *sdk.Location) locationView {
	v := locationView{GlobalID: l.GlobalID, Name: l.Name, Description: l.Description, Address: l.Address, Extensions: l.Extensions}
	if l.Coordinate != nil {
		c := coordinateView(*l.Coordinate)
		v.Coordinate = &c
	}
	for _, e := range l.CivicAddress {
		v.CivicAddress = append(v.CivicAddress, civicView(e))
	}
	return v
}

func definitionViews(list []sdk.AlarmDefinition) []any {
	var views []any
	for _, d := range list {
		views = append(views, definitionView(d))
	}
	return views
}

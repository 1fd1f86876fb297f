package sdk

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestEncodeReturnedRefuses(t *testing.T) {
	good := Meta{ID: "a", Name: "n"}
	var nilPool *ResourcePool
	for name, tc := range map[string]struct {
		object Object
		want   string
	}{
		"nil":       {nil, "the object is nil: return an object, or an error with code NotFound"},
		"typed nil": {nilPool, "the object is nil: return an object, or an error with code NotFound"},
		"no id": {
			&ResourcePool{Meta: Meta{Name: "n"}},
			`ResourcePool named "n" has no ID: set it to the backend's own, stable id`,
		},
		"nothing at all": {
			&ResourcePool{},
			"a ResourcePool has no ID: set it to the backend's own, stable id",
		},
		"no name": {
			&DeploymentManager{Meta: Meta{ID: "a"}},
			`DeploymentManager "a" has no Name: use its ID where the backend has no names`,
		},
		"no type": {
			&Resource{Meta: good},
			`Resource "a" has no ResourceTypeID: every resource has a type, which ListResourceTypes lists`,
		},
		"long id": {
			&ResourcePool{Meta: Meta{ID: strings.Repeat("x", 1025), Name: "n"}},
			`ResourcePool "` + strings.Repeat("x", 1025) + `": ID is 1025 bytes long: at most 1024 are allowed`,
		},
		"name in Latin-1": {
			&ResourcePool{Meta: Meta{ID: "a", Name: "K\xf6ln"}},
			`ResourcePool "a": Name is not UTF-8 ("K\xf6ln"): convert it`,
		},
		"tag in Latin-1": {
			&Resource{Meta: good, ResourceTypeID: "t", Tags: []string{"ok", "\xff"}},
			`Resource "a": Tags is not UTF-8 ("\xff"): convert it`,
		},
		"location in Latin-1": {
			&DeploymentManager{Meta: good, SupportedLocations: []string{"\xff"}},
			`DeploymentManager "a": SupportedLocations is not UTF-8 ("\xff"): convert it`,
		},
		"vendor in Latin-1": {
			&ResourceType{Meta: good, Vendor: "\xff"},
			`ResourceType "a": Vendor is not UTF-8 ("\xff"): convert it`,
		},
		"odd kind": {
			&ResourceType{Meta: good, ResourceKind: "VIRTUAL"},
			`ResourceType "a": ResourceKind is "VIRTUAL": it must be UNDEFINED, PHYSICAL or LOGICAL`,
		},
		"odd class": {
			&ResourceType{Meta: good, ResourceClass: "compute"},
			`ResourceType "a": ResourceClass is "compute": it must be UNDEFINED, COMPUTE, NETWORKING or STORAGE`,
		},
		"unencodable extension": {
			&ResourcePool{Meta: Meta{ID: "a", Name: "n", Extensions: map[string]any{"c": make(chan int)}}},
			`ResourcePool "a": Extensions["c"] cannot be sent as JSON: json: unsupported type: chan int`,
		},
		"unencodable volatile": {
			&ResourcePool{Meta: Meta{ID: "a", Name: "n", Volatile: map[string]any{"c": math.Inf(1)}}},
			`ResourcePool "a": Volatile["c"] cannot be sent as JSON: json: unsupported value: +Inf`,
		},
		"unencodable capacity": {
			&DeploymentManager{Meta: good, Capacity: map[string]any{"c": func() {}}},
			`DeploymentManager "a": Capacity["c"] cannot be sent as JSON: json: unsupported type: func()`,
		},
		"too large": {
			&ResourcePool{Meta: Meta{ID: "a", Name: "n", Extensions: map[string]any{"x": strings.Repeat("x", 8<<20)}}},
			`ResourcePool "a": it is 8388629 bytes long and at most 8388608 can be sent: put less into Extensions and Volatile`,
		},
		"site without id": {
			&ResourcePool{Meta: good, Site: &Site{Location: Location{GlobalID: "g"}}},
			`ResourcePool "a": Site.ID is empty: set it to the backend's own, stable id`,
		},
		"site without location": {
			&ResourcePool{Meta: good, Site: &Site{ID: "s"}},
			`ResourcePool "a": Site.Location.GlobalID is empty: set it to the backend's own, stable id`,
		},
		"site off the globe": {
			&ResourcePool{Meta: good, Site: siteAt(Coordinate{Longitude: 181})},
			`ResourcePool "a": Site.Location.Coordinate.Longitude is 181: it must be from -180 to 180 degrees`,
		},
		"site at no latitude": {
			&ResourcePool{Meta: good, Site: siteAt(Coordinate{Latitude: math.NaN()})},
			`ResourcePool "a": Site.Location.Coordinate.Latitude is NaN: it must be from -90 to 90 degrees`,
		},
		"site in Latin-1": {
			&ResourcePool{Meta: good, Site: &Site{ID: "s", Location: Location{GlobalID: "g", Address: "\xff"}}},
			`ResourcePool "a": Site.Location.Address is not UTF-8 ("\xff"): convert it`,
		},
		"unencodable location": {
			&ResourcePool{Meta: good, Site: &Site{ID: "s", Location: Location{GlobalID: "g", Extensions: map[string]any{"c": make(chan int)}}}},
			`ResourcePool "a": Site.Location.Extensions["c"] cannot be sent as JSON: json: unsupported type: chan int`,
		},
		"created before time": {
			&ResourcePool{Meta: good, CreatedAt: time.Unix(-1, 0).UTC()},
			`ResourcePool "a": CreatedAt is 1969-12-31 23:59:59 +0000 UTC: it must be after 1970 and before the year 10000, or the zero time where there is none`,
		},
		"odd health": {
			&ResourcePool{Meta: good, Health: &PoolHealth{Status: "fine"}},
			`ResourcePool "a": Health.Status is "fine": it must be healthy, degraded, unhealthy or unknown`,
		},
		"more than all": {
			&ResourcePool{Meta: good, Health: &PoolHealth{Utilization: 101}},
			`ResourcePool "a": its Health.Utilization is 101: it must be from 0 to 100 percent, or sdk.Unknown`,
		},
		"metrics of no time": {
			&ResourcePool{Meta: good, Metrics: &PoolMetrics{}}, `ResourcePool "a": Metrics.At is not set: it is when the figures were taken`,
		},
		"a figure of no number": {
			&ResourcePool{Meta: good, Metrics: &PoolMetrics{At: time.Unix(1, 0), CPUUsed: math.NaN()}},
			`ResourcePool "a": its Metrics.CPUUsed is NaN: it must be an amount, or sdk.Unknown`,
		},
		"more healthy than all": {
			&ResourcePool{Meta: good, Metrics: &PoolMetrics{At: time.Unix(1, 0), Nodes: 1, HealthyNodes: 2}},
			`ResourcePool "a": Metrics.HealthyNodes is 2 of 1 Nodes: it must not be more`,
		},
		"dictionary without version": {
			&ResourceType{Meta: good, Alarms: []AlarmDefinition{{ID: "x", Name: "X"}}},
			`ResourceType "a": AlarmDictionaryVersion is empty though there are Alarms: name their version`,
		},
		"definition without name": {
			dictionary(AlarmDefinition{ID: "x"}), `ResourceType "a": alarm definition 0, "x": it has no Name: use the ID where there are no names`,
		},
		"definition twice": {
			dictionary(AlarmDefinition{ID: "x", Name: "X"}, AlarmDefinition{ID: "x", Name: "Y"}),
			`ResourceType "a": alarm definition 1: the ID "x" is there twice: ids must be unique within a resource type`,
		},
		"odd change": {
			dictionary(AlarmDefinition{ID: "x", Name: "X", Change: "new"}), `ResourceType "a": alarm definition 0, "x": its Change is "new": it must be ADDED, DELETED or MODIFIED`,
		},
		"definition in Latin-1": {
			dictionary(AlarmDefinition{ID: "x", Name: "X", RepairActions: "\xff"}), `ResourceType "a": Alarms[0].RepairActions is not UTF-8 ("\xff"): convert it`,
		},
		"own type": {ownNoun{}, "sdk.ownNoun is none of the nouns that can be sent"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := encodeReturned(tc.object)
			if !strings.HasSuffix(fmt.Sprint(err), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

func siteAt(c Coordinate) *Site {
	return &Site{ID: "s", Location: Location{GlobalID: "g", Coordinate: &c}}
}

func dictionary(list ...AlarmDefinition) *ResourceType {
	return &ResourceType{Meta: Meta{ID: "a", Name: "n"}, AlarmDictionaryVersion: "1", Alarms: list}
}

func TestEncodeAlarmRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Alarm)
		want   string
	}{
		"nothing":       {func(*Alarm) {}, "<nil>"},
		"no id":         {func(a *Alarm) { a.ID = "" }, `alarm "": ID is empty: set it to the backend's own, stable id`},
		"no resource":   {func(a *Alarm) { a.ResourceID = "" }, `alarm "a": ResourceID is empty: set it to the backend's own, stable id`},
		"no definition": {func(a *Alarm) { a.DefinitionID = "" }, `alarm "a": DefinitionID is empty: set it to the backend's own, stable id`},
		"changed late":  {func(a *Alarm) { a.ChangedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, `alarm "a": ChangedAt is 10000-01-01 00:00:00 +0000 UTC: it must be after 1970 and before the year 10000, or the zero time where there is none`},
		"in Latin-1":    {func(a *Alarm) { a.Description = "\xff" }, `alarm "a": Description is not UTF-8 ("\xff"): convert it`},
		"unencodable":   {func(a *Alarm) { a.Extensions = map[string]any{"c": func() {}} }, `alarm "a": Extensions["c"] cannot be sent as JSON: json: unsupported type: func()`},
		"too large": {
			func(a *Alarm) { a.Description = strings.Repeat("x", 8<<20) },
			`alarm "a": it is 8388629 bytes long and at most 8388608 can be sent: put less into Extensions`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := Alarm{ID: "a", ResourceID: "r", DefinitionID: "d", Severity: SeverityMinor}
			tc.change(&a)
			if _, err := encodeAlarm(&a); fmt.Sprint(err) != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

type ownNoun struct{}

func (ownNoun) ObjectKind() Kind { return "Own" }
func (ownNoun) Common() *Meta    { return &Meta{ID: "a", Name: "n"} }

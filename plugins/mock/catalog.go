package main

import (
	"slices"

	"github.com/netweave/netweave/sdk"
)

// place is a city with infrastructure in it, in a few halls.
type place struct {
	code, city, country string
	latitude, longitude float64
}

var cities = []place{
	{"ams-1", "Amsterdam", "Netherlands", 52.3676, 4.9041},
	{"ham-1", "Hamburg", "Germany", 53.5511, 9.9937},
	{"lyo-1", "Lyon", "France", 45.7640, 4.8357},
	{"osl-1", "Oslo", "Norway", 59.9139, 10.7522},
	{"por-1", "Porto", "Portugal", 41.1579, -8.6291},
	{"tor-1", "Turin", "Italy", 45.0703, 7.6869},
}

// String is the place as a pool's location shows it.
func (p *place) String() string {
	if p.country == "" {
		return p.city
	}
	return p.city + ", " + p.country
}

// halls are what each place has, each a site of its own.
var halls = []struct{ code, name string }{{"a", "Hall A"}, {"b", "Hall B"}}

// site is one hall of the place.
func (p *place) site(hall int) *sdk.Site {
	h := halls[hall]
	return &sdk.Site{
		ID: p.code + "-" + h.code, Name: p.city + " " + h.name, Description: h.name + " of the data centre in " + p.city,
		Location: sdk.Location{
			GlobalID: p.code, Name: p.city, Description: "Made-up data centre in " + p.city,
			Address:      "Data centre, " + p.String(),
			Coordinate:   &sdk.Coordinate{Longitude: p.longitude, Latitude: p.latitude},
			CivicAddress: []sdk.CivicElement{{Type: civicCity, Value: p.city}},
			Extensions:   map[string]any{"mock.halls": len(halls)},
		},
	}
}

// civicCity is the CAtype of a city (RFC 4776).
const civicCity = 3

// places are the cities, or those that are asked for by their codes.
func places(seed uint64, codes []string) []place {
	if len(codes) == 0 {
		return cities
	}
	list := make([]place, 0, len(codes))
	for _, code := range codes {
		at := slices.IndexFunc(cities, func(p place) bool { return p.code == code })
		if at >= 0 {
			list = append(list, cities[at])
			continue
		}
		h := hash(seed, "place", code)
		list = append(list, place{
			code: code, city: code, latitude: float64(h%1200)/10 - 60, longitude: float64(h>>16%3600)/10 - 180,
		})
	}
	return list
}

// purposes name what the pools of a place are for, in turn.
var purposes = []struct{ code, text string }{
	{"edge", "Edge compute for distributed units"},
	{"core", "Core functions and centralised units"},
	{"ran", "Radio workloads with accelerators"},
	{"mgmt", "Management and orchestration"},
}

// model is a resource type and what its resources look like.
type model struct {
	id, short, description string
	vendor, model, version string
	kind                   sdk.ResourceKind
	class                  sdk.ResourceClass
	units                  int
	facts                  map[string]any
	firmware               string
	idleWatts, idleCelsius int
}

// Indexes into models.
const (
	modelServer = iota
	modelCard
	modelNIC
	modelSwitch
	modelStorage
)

var models = []model{
	modelServer: {
		id: "compute-server", short: "srv", description: "Two-socket rack server for virtualised and containerised functions",
		vendor: "Northgate Systems", model: "NG-2240", version: "4",
		kind: sdk.ResourceKindPhysical, class: sdk.ResourceClassCompute, units: 2, firmware: "4.2",
		facts: map[string]any{
			"mock.cpu.sockets": 2, "mock.cpu.cores": 64, "mock.cpu.architecture": "x86_64",
			"mock.memory.gib": 512, "mock.disk.gib": 3840, "mock.hugepages": true,
		},
		idleWatts: 280, idleCelsius: 31,
	},
	modelCard: {
		id: "accelerator-card", short: "acc", description: "Forward error correction accelerator on PCIe",
		vendor: "Lumen Logic", model: "LL-ACC100", version: "2",
		kind: sdk.ResourceKindPhysical, class: sdk.ResourceClassCompute, firmware: "1.9",
		facts:     map[string]any{"mock.pcie.lanes": 16, "mock.sriov.functions": 16, "mock.accelerates": "LDPC"},
		idleWatts: 35, idleCelsius: 44,
	},
	modelNIC: {
		id: "smart-nic", short: "nic", description: "Network card with precision time and hardware offload",
		vendor: "Lumen Logic", model: "LL-NX25", version: "1",
		kind: sdk.ResourceKindPhysical, class: sdk.ResourceClassNetworking, firmware: "22.1",
		facts:     map[string]any{"mock.ports": 4, "mock.port.gbps": 25, "mock.ptp": true},
		idleWatts: 18, idleCelsius: 41,
	},
	modelSwitch: {
		id: "top-of-rack-switch", short: "swt", description: "Leaf switch of one rack",
		vendor: "Meridian Networks", model: "MN-4832", version: "3",
		kind: sdk.ResourceKindPhysical, class: sdk.ResourceClassNetworking, units: 1, firmware: "10.3",
		facts:     map[string]any{"mock.ports": 48, "mock.port.gbps": 25, "mock.uplink.gbps": 100},
		idleWatts: 190, idleCelsius: 36,
	},
	modelStorage: {
		id: "storage-array", short: "sto", description: "All-flash block storage",
		vendor: "Castell Storage", model: "CS-F900", version: "2",
		kind: sdk.ResourceKindPhysical, class: sdk.ResourceClassStorage, units: 4, firmware: "7.0",
		facts:     map[string]any{"mock.capacity.tib": 184, "mock.controllers": 2, "mock.protocol": "NVMe/TCP"},
		idleWatts: 620, idleCelsius: 33,
	},
}

// rackLayout is what stands in a rack, from the bottom; cards and NICs sit in
// the server before them. It begins with a server: however small a pool is, it
// has one.
var rackLayout = []int{
	modelServer, modelServer, modelServer, modelServer, modelCard,
	modelSwitch, modelServer, modelServer, modelServer, modelCard,
	modelStorage, modelServer, modelServer, modelServer, modelCard,
	modelNIC, modelServer, modelServer, modelServer, modelCard,
}

func modelByID(id string) (int, bool) {
	for i := range models {
		if models[i].id == id {
			return i, true
		}
	}
	return 0, false
}

// carried tells whether resources of a model sit in a server.
func carried(m int) bool { return m == modelCard || m == modelNIC }

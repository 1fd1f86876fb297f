package dtias

import "fmt"

// datacenter is a site's datacenter and the machines that stand in it.
type datacenter struct {
	site  Site
	name  string
	spare map[string][]*Machine // by type
}

var sites = []Site{
	{ID: "site-ams", Name: "Amsterdam West", City: "Amsterdam", Country: "Netherlands", Latitude: 52.3676, Longitude: 4.9041},
	{ID: "site-ham", Name: "Hamburg Port", City: "Hamburg", Country: "Germany", Latitude: 53.5511, Longitude: 9.9937},
}

var types = []Type{
	{
		ID: "st-r760-edge", Name: "R760 Edge", Description: "Two-socket rack server for distributed units",
		Vendor: "Dell", Model: "PowerEdge R760", Generation: "16G", FormFactor: "2U", CPUModel: "Xeon Gold 6438N",
		CPUCores: 64, MemoryGB: 512, StorageType: "NVMe", StorageCapacityGB: 7680, NetworkPorts: 4, NetworkSpeed: "25Gbps", PowerWatts: 800, RackUnits: 2,
	},
	{
		ID: "st-xr8620-far-edge", Name: "XR8620 Far Edge", Description: "Sled for cell sites",
		Vendor: "Dell", Model: "PowerEdge XR8620t", Generation: "16G", FormFactor: "sled", CPUModel: "Xeon Gold 6433N",
		CPUCores: 32, MemoryGB: 256, StorageType: "NVMe", StorageCapacityGB: 1920, NetworkPorts: 4, NetworkSpeed: "25Gbps", PowerWatts: 600, RackUnits: 1,
	},
	{
		ID: "st-r660-core", Name: "R660 Core", Description: "Two-socket rack server for core functions",
		Vendor: "Dell", Model: "PowerEdge R660", Generation: "16G", FormFactor: "1U", CPUModel: "Xeon Gold 6454S",
		CPUCores: 64, MemoryGB: 1024, StorageType: "SSD", StorageCapacityGB: 3840, NetworkPorts: 2, NetworkSpeed: "100Gbps", PowerWatts: 800, RackUnits: 1,
	},
	{
		ID: "st-r760xa-gpu", Name: "R760xa GPU", Description: "Rack server with accelerators",
		Vendor: "Dell", Model: "PowerEdge R760xa", Generation: "16G", FormFactor: "2U", CPUModel: "Xeon Gold 6448Y",
		CPUCores: 64, MemoryGB: 1024, StorageType: "NVMe", StorageCapacityGB: 15360, NetworkPorts: 4, NetworkSpeed: "100Gbps", PowerWatts: 2400, RackUnits: 2,
	},
}

func typeByID(id string) *Type {
	for i := range types {
		if types[i].ID == id {
			return &types[i]
		}
	}
	return nil
}

// place is where a pool of a datacenter is.
func (d *datacenter) place() Location {
	return Location{
		Datacenter: d.name, Building: "B1", City: d.site.City, Country: d.site.Country,
		Latitude: d.site.Latitude, Longitude: d.site.Longitude,
	}
}

// machine makes up the nth machine of a datacenter; the same numbers give the
// same machine.
func (d *datacenter) machine(dc, n int, t *Type) *Machine {
	where := d.place()
	where.Room, where.Row = "R1", fmt.Sprintf("row-%d", n/20+1)
	where.Rack, where.RackUnit = fmt.Sprintf("rack-%02d", n/10+1), n%10*4+1
	m := &Machine{
		ID: fmt.Sprintf("srv-%s-%03d", d.name, n+1), Type: t.ID, PowerState: "on", HealthState: "healthy", Location: where,
		CPU: CPU{
			Vendor: "Intel", Model: t.CPUModel, Architecture: "x86_64", Sockets: max(t.CPUCores/32, 1),
			TotalCores: t.CPUCores, TotalThreads: 2 * t.CPUCores, FrequencyMHz: 2200,
		},
		Memory:     Memory{TotalGB: t.MemoryGB, Type: "DDR5", SpeedMHz: 4800},
		BIOS:       BIOS{Vendor: "Dell Inc.", Version: "2.4.4"},
		Management: Management{Type: "iDRAC9", Version: "7.10.50", IPAddress: fmt.Sprintf("10.%d.0.%d", 10+dc, n+1)},
	}
	for i := range 2 {
		m.Storage = append(m.Storage, Disk{
			ID: fmt.Sprintf("disk-%d", i), Type: t.StorageType, Vendor: "Solidigm", Model: "P5520",
			CapacityGB: t.StorageCapacityGB / 2, Interface: "PCIe", Health: "healthy",
		})
	}
	for i := range t.NetworkPorts {
		m.Network = append(m.Network, Port{
			ID: fmt.Sprintf("nic-%d", i), Name: fmt.Sprintf("eth%d", i), MACAddress: fmt.Sprintf("02:00:%02x:00:%02x:%02x", dc, n, i),
			SpeedMbps: 25000, Type: "ethernet", State: "up",
		})
	}
	return m
}

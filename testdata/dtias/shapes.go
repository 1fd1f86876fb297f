package dtias

import "time"

// Site is a place.
type Site struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	City      string  `json:"city"`
	Country   string  `json:"country"`
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Location is where a pool or a server stands.
type Location struct {
	Datacenter string  `json:"datacenter"`
	Rack       string  `json:"rack"`
	RackUnit   int     `json:"rackUnit"`
	Row        string  `json:"row"`
	Room       string  `json:"room"`
	Building   string  `json:"building"`
	City       string  `json:"city"`
	Country    string  `json:"country"`
	Latitude   float64 `json:"latitude"`
	Longitude  float64 `json:"longitude"`
}

// Pool is a resource pool.
type Pool struct {
	ID               string            `json:"id"`
	Name             string            `json:"name"`
	Description      string            `json:"description"`
	Datacenter       string            `json:"datacenter"`
	Type             string            `json:"type"`
	State            string            `json:"state"`
	ServerCount      int               `json:"serverCount"`
	AvailableServers int               `json:"availableServers"`
	Location         Location          `json:"location"`
	Metadata         map[string]string `json:"metadata"`
	CreatedAt        time.Time         `json:"createdAt"`
	UpdatedAt        time.Time         `json:"updatedAt"`
}

// Machine is an allocated server.
type Machine struct {
	ID              string            `json:"id"`
	Hostname        string            `json:"hostname"`
	ServerPoolID    string            `json:"serverPoolId"`
	Type            string            `json:"type"`
	State           string            `json:"state"`
	PowerState      string            `json:"powerState"`
	HealthState     string            `json:"healthState"`
	Location        Location          `json:"location"`
	Metadata        map[string]string `json:"metadata"`
	CreatedAt       time.Time         `json:"createdAt"`
	UpdatedAt       time.Time         `json:"updatedAt"`
	LastHealthCheck time.Time         `json:"lastHealthCheck"`
	CPU             CPU               `json:"cpu"`
	Memory          Memory            `json:"memory"`
	Storage         []Disk            `json:"storage"`
	Network         []Port            `json:"network"`
	BIOS            BIOS              `json:"bios"`
	Management      Management        `json:"management"`
}

// CPU is a server's processors.
type CPU struct {
	Vendor       string `json:"vendor"`
	Model        string `json:"model"`
	Architecture string `json:"architecture"`
	Sockets      int    `json:"sockets"`
	TotalCores   int    `json:"totalCores"`
	TotalThreads int    `json:"totalThreads"`
	FrequencyMHz int    `json:"frequencyMhz"`
}

// Memory is a server's memory.
type Memory struct {
	TotalGB     int    `json:"totalGb"`
	AvailableGB int    `json:"availableGb"`
	Type        string `json:"type"`
	SpeedMHz    int    `json:"speedMhz"`
}

// Disk is one of a server's disks.
type Disk struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Vendor     string `json:"vendor"`
	Model      string `json:"model"`
	CapacityGB int    `json:"capacityGb"`
	Interface  string `json:"interface"`
	Health     string `json:"health"`
}

// Port is one of a server's network ports.
type Port struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	MACAddress string `json:"macAddress"`
	SpeedMbps  int    `json:"speedMbps"`
	Type       string `json:"type"`
	State      string `json:"state"`
}

// BIOS is a server's firmware.
type BIOS struct {
	Vendor  string `json:"vendor"`
	Version string `json:"version"`
}

// Management is a server's management controller.
type Management struct {
	Type      string `json:"type"`
	Version   string `json:"version"`
	IPAddress string `json:"ipAddress"`
}

// Brief is a server in short.
type Brief struct {
	ID       string `json:"id"`
	Hostname string `json:"hostname"`
	State    string `json:"state"`
}

// Type is a server type.
type Type struct {
	ID                string `json:"id"`
	Name              string `json:"name"`
	Description       string `json:"description"`
	Vendor            string `json:"vendor"`
	Model             string `json:"model"`
	Generation        string `json:"generation"`
	FormFactor        string `json:"formFactor"`
	CPUModel          string `json:"cpuModel"`
	CPUCores          int    `json:"cpuCores"`
	MemoryGB          int    `json:"memoryGb"`
	StorageType       string `json:"storageType"`
	StorageCapacityGB int    `json:"storageCapacityGb"`
	NetworkPorts      int    `json:"networkPorts"`
	NetworkSpeed      string `json:"networkSpeed"`
	PowerWatts        int    `json:"powerWatts"`
	RackUnits         int    `json:"rackUnits"`
}

// Problem is how the server says that something is wrong.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Details string `json:"details,omitempty"`
}

type poolsAnswer struct {
	Pools  []Pool   `json:"Rps"`
	Error  *Problem `json:"Error,omitempty"`
	Tenant string   `json:"Tenant,omitempty"`
}

type poolAnswer struct {
	Pool  *Pool    `json:"Rp"`
	Error *Problem `json:"Error,omitempty"`
}

type serversAnswer struct {
	Count string    `json:"ServerCount"`
	Full  []Machine `json:"Full"`
	Brief []Brief   `json:"Brief"`
	Error *Problem  `json:"Error,omitempty"`
}

type pagination struct {
	PageNumber int `json:"pageNumber"`
	PageSize   int `json:"pageSize"`
	TotalPages int `json:"totalPages"`
	TotalCount int `json:"totalCount"`
}

type typesAnswer struct {
	Types      []Type     `json:"ResourceTypes"`
	Pagination pagination `json:"Pagination"`
}

type newPool struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Datacenter  string            `json:"datacenter"`
	Type        string            `json:"type"`
	Metadata    map[string]string `json:"metadata"`
}

type poolChange struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Metadata    map[string]string `json:"metadata"`
}

type allocation struct {
	ServerPoolID    string            `json:"serverPoolId"`
	ServerTypeID    string            `json:"serverTypeId"`
	Hostname        string            `json:"hostname"`
	OperatingSystem string            `json:"operatingSystem"`
	NetworkConfig   map[string]any    `json:"networkConfig"`
	Metadata        map[string]string `json:"metadata"`
}

type release struct {
	ID string `json:"id"`
}

type machineChange struct {
	Hostname    *string           `json:"hostname"`
	Description *string           `json:"description"`
	Metadata    map[string]string `json:"metadata"`
}

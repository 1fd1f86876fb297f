package api

import "encoding/json"

// Every shape that crosses the wire is in this file, and so is every path and
// every name in a query: DTIAS's true ones may differ from what was known when
// this was written. Numbers are json.Number, which takes 40 and "40" alike and
// keeps them as they were; times are texts.

// The paths, below the endpoint.
const (
	base             = "/v2"
	pathVersion      = base + "/version"
	pathSites        = base + "/inventory/sites"
	pathPools        = base + "/inventory/resourcepools"
	pathServers      = base + "/inventory/servers"
	pathTypes        = base + "/resourcetypes"
	pathPoolWrites   = base + "/resourcepools"
	pathAllocate     = base + "/resources/allocate"
	pathRelease      = base + "/resources/release"
	metadataOfServer = "metadata"
)

// The names in queries, and the number of the first page.
const (
	querySite       = "siteId"
	queryPageSize   = "pageSize"
	queryPageNumber = "pageNumber"
	firstPage       = 1
)

// The codes of errors.
const (
	codeAuthFailed           = "AUTH_FAILED"
	codeNotFound             = "RESOURCE_NOT_FOUND"
	codeInsufficientCapacity = "INSUFFICIENT_CAPACITY"
	codeProvisioningFailed   = "PROVISIONING_FAILED"
	codePowerFailed          = "POWER_OPERATION_FAILED"
)

// problem is how DTIAS says what is wrong: as a body, or as the Error in one.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	// details may be anything; it is not shown.
}

// UnmarshalJSON takes a text for a message.
func (p *problem) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, &p.Message) == nil {
		return nil
	}
	type plain problem
	return json.Unmarshal(raw, (*plain)(p))
}

// Site is a place with bare metal in it.
type Site struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	City      string      `json:"city"`
	Country   string      `json:"country"`
	Latitude  json.Number `json:"latitude"`
	Longitude json.Number `json:"longitude"`
}

// Location is where a pool or a server is. It is shown as it is: hence omitempty,
// here and below.
type Location struct {
	Datacenter string      `json:"datacenter,omitempty"`
	Rack       string      `json:"rack,omitempty"`
	RackUnit   json.Number `json:"rackUnit,omitempty"`
	Row        string      `json:"row,omitempty"`
	Room       string      `json:"room,omitempty"`
	Building   string      `json:"building,omitempty"`
	City       string      `json:"city,omitempty"`
	Country    string      `json:"country,omitempty"`
	Latitude   json.Number `json:"latitude,omitempty"`
	Longitude  json.Number `json:"longitude,omitempty"`
}

// Metadata is what users and programs note on a pool or a server.
type Metadata map[string]any

// Text returns a value that is a text, "" otherwise.
func (m Metadata) Text(key string) string {
	text, _ := m[key].(string)
	return text
}

// Pool is a resource pool.
type Pool struct {
	ID               string      `json:"id"`
	Name             string      `json:"name"`
	Description      string      `json:"description"`
	Datacenter       string      `json:"datacenter"`
	Type             string      `json:"type"`
	State            string      `json:"state"`
	ServerCount      json.Number `json:"serverCount"`
	AvailableServers json.Number `json:"availableServers"`
	Location         Location    `json:"location"`
	Metadata         Metadata    `json:"metadata"`
	CreatedAt        string      `json:"createdAt"`
	UpdatedAt        string      `json:"updatedAt"`
}

// Server is a server that was allocated from a pool.
type Server struct {
	ID              string     `json:"id"`
	Hostname        string     `json:"hostname"`
	ServerPoolID    string     `json:"serverPoolId"`
	Type            string     `json:"type"`
	State           string     `json:"state"`
	PowerState      string     `json:"powerState"`
	HealthState     string     `json:"healthState"`
	Location        Location   `json:"location"`
	Metadata        Metadata   `json:"metadata"`
	CreatedAt       string     `json:"createdAt"`
	UpdatedAt       string     `json:"updatedAt"`
	LastHealthCheck string     `json:"lastHealthCheck"`
	CPU             CPU        `json:"cpu"`
	Memory          Memory     `json:"memory"`
	Storage         []Disk     `json:"storage"`
	Network         []Port     `json:"network"`
	BIOS            BIOS       `json:"bios"`
	Management      Management `json:"management"`
}

// CPU is a server's processors.
type CPU struct {
	Vendor       string      `json:"vendor,omitempty"`
	Model        string      `json:"model,omitempty"`
	Architecture string      `json:"architecture,omitempty"`
	Sockets      json.Number `json:"sockets,omitempty"`
	TotalCores   json.Number `json:"totalCores,omitempty"`
	TotalThreads json.Number `json:"totalThreads,omitempty"`
	FrequencyMHz json.Number `json:"frequencyMhz,omitempty"`
}

// Memory is a server's memory.
type Memory struct {
	TotalGB     json.Number `json:"totalGb,omitempty"`
	AvailableGB json.Number `json:"availableGb,omitempty"`
	Type        string      `json:"type,omitempty"`
	SpeedMHz    json.Number `json:"speedMhz,omitempty"`
}

// Disk is one of a server's disks.
type Disk struct {
	ID         string      `json:"id,omitempty"`
	Type       string      `json:"type,omitempty"`
	Vendor     string      `json:"vendor,omitempty"`
	Model      string      `json:"model,omitempty"`
	CapacityGB json.Number `json:"capacityGb,omitempty"`
	Interface  string      `json:"interface,omitempty"`
	Health     string      `json:"health,omitempty"`
}

// Port is one of a server's network ports.
type Port struct {
	ID         string      `json:"id,omitempty"`
	Name       string      `json:"name,omitempty"`
	MACAddress string      `json:"macAddress,omitempty"`
	SpeedMbps  json.Number `json:"speedMbps,omitempty"`
	Type       string      `json:"type,omitempty"`
	State      string      `json:"state,omitempty"`
}

// BIOS is a server's firmware.
type BIOS struct {
	Vendor  string `json:"vendor,omitempty"`
	Version string `json:"version,omitempty"`
}

// Management is a server's management controller. Whatever else DTIAS may say of
// it, such as how to log in, is not read.
type Management struct {
	Type      string `json:"type,omitempty"`
	Version   string `json:"version,omitempty"`
	IPAddress string `json:"ipAddress,omitempty"`
}

// ServerType is a kind of server.
type ServerType struct {
	ID                string      `json:"id"`
	Name              string      `json:"name"`
	Description       string      `json:"description"`
	Vendor            string      `json:"vendor"`
	Model             string      `json:"model"`
	Generation        string      `json:"generation"`
	FormFactor        string      `json:"formFactor"`
	CPUModel          string      `json:"cpuModel"`
	CPUCores          json.Number `json:"cpuCores"`
	MemoryGB          json.Number `json:"memoryGb"`
	StorageType       string      `json:"storageType"`
	StorageCapacityGB json.Number `json:"storageCapacityGb"`
	NetworkPorts      json.Number `json:"networkPorts"`
	NetworkSpeed      any         `json:"networkSpeed"`
	PowerWatts        json.Number `json:"powerWatts"`
	RackUnits         json.Number `json:"rackUnits"`
}

// The answers. A list that is missing, or null, is nil: that is no empty list.

type poolsAnswer struct {
	Pools *[]Pool  `json:"Rps"`
	Error *problem `json:"Error"`
}

type poolAnswer struct {
	Pool  *Pool    `json:"Rp"`
	Error *problem `json:"Error"`
}

type serversAnswer struct {
	Count json.Number  `json:"ServerCount"`
	Full  []Server     `json:"Full"`
	Brief []identified `json:"Brief"`
	Error *problem     `json:"Error"`
}

// identified is whatever has an id.
type identified struct {
	ID string `json:"id"`
}

type typesAnswer struct {
	Types      []ServerType `json:"ResourceTypes"`
	Pagination struct {
		Total json.Number `json:"totalCount"`
	} `json:"Pagination"`
	Error *problem `json:"Error"`
}

// The requests.

// NewPool is a pool to create.
type NewPool struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Datacenter  string   `json:"datacenter"`
	Type        string   `json:"type"`
	Metadata    Metadata `json:"metadata"`
}

// PoolChange is what a pool is to be like.
type PoolChange struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Metadata    Metadata `json:"metadata"`
}

// Allocation asks for a server.
type Allocation struct {
	ServerPoolID    string   `json:"serverPoolId"`
	ServerTypeID    string   `json:"serverTypeId"`
	Hostname        string   `json:"hostname"`
	OperatingSystem string   `json:"operatingSystem,omitempty"`
	NetworkConfig   any      `json:"networkConfig,omitempty"`
	Metadata        Metadata `json:"metadata,omitempty"`
}

type release struct {
	ID string `json:"id"`
}

type serverChange struct {
	Metadata Metadata `json:"metadata,omitempty"`
}

package api

// The shapes of Nova 2.79 and Placement 1.17, as far as they are used. What is a
// pointer here must be there or is told from what is not.

// Aggregate is a host aggregate.
type Aggregate struct {
	ID        int64             `json:"id"`
	UUID      string            `json:"uuid"`
	Name      string            `json:"name"`
	Zone      *string           `json:"availability_zone"`
	Hosts     []string          `json:"hosts"`
	Metadata  map[string]string `json:"metadata"`
	CreatedAt string            `json:"created_at"`
	UpdatedAt *string           `json:"updated_at"`
}

// AvailabilityZone is the zone that the aggregate makes of its hosts; "" for none.
func (a *Aggregate) AvailabilityZone() string {
	if a.Zone == nil {
		return ""
	}
	return *a.Zone
}

// Service is a nova-compute.
type Service struct {
	ID         string `json:"id"`
	Host       string `json:"host"`
	Zone       string `json:"zone"`
	Status     string `json:"status"`
	State      string `json:"state"`
	ForcedDown bool   `json:"forced_down"`
}

// Hypervisor is a compute node.
type Hypervisor struct {
	ID       string `json:"id"`
	Hostname string `json:"hypervisor_hostname"`
	State    string `json:"state"`
	Status   string `json:"status"`
	Type     string `json:"hypervisor_type"`
	Version  int64  `json:"hypervisor_version"`
	HostIP   string `json:"host_ip"`
	Service  struct {
		Host           string  `json:"host"`
		DisabledReason *string `json:"disabled_reason"`
	} `json:"service"`
	VCPUs    int64 `json:"vcpus"`
	MemoryMB int64 `json:"memory_mb"`
	LocalGB  int64 `json:"local_gb"`
	// CPUInfo has whatever the driver tells; Ironic's is "".
	CPUInfo    any   `json:"cpu_info"`
	RunningVMs int64 `json:"running_vms"`
}

// Server is an instance.
type Server struct {
	ID               string            `json:"id"`
	Name             string            `json:"name"`
	Description      *string           `json:"description"`
	Status           string            `json:"status"`
	TaskState        *string           `json:"OS-EXT-STS:task_state"`
	VMState          string            `json:"OS-EXT-STS:vm_state"`
	PowerState       int               `json:"OS-EXT-STS:power_state"`
	ProjectID        string            `json:"tenant_id"`
	Metadata         map[string]string `json:"metadata"`
	Tags             []string          `json:"tags"`
	Flavor           *ServerFlavor     `json:"flavor"`
	Image            any               `json:"image"` // "" for a server on a volume
	Addresses        any               `json:"addresses"`
	KeyName          *string           `json:"key_name"`
	Created          string            `json:"created"`
	Updated          string            `json:"updated"`
	AvailabilityZone string            `json:"OS-EXT-AZ:availability_zone"`
	// Host is null until the server is placed, and missing for who may not see it.
	Host       optional[string] `json:"OS-EXT-SRV-ATTR:host"`
	Hypervisor optional[string] `json:"OS-EXT-SRV-ATTR:hypervisor_hostname"`
	Fault      *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"fault"`
}

// Going tells whether the server's deletion was accepted.
func (s *Server) Going() bool {
	return s.Status == "DELETED" || s.Status == "SOFT_DELETED" || s.TaskState != nil && (*s.TaskState == "deleting" || *s.TaskState == "soft-deleting")
}

// ServerFlavor is what a server was made as; its flavor may be gone.
type ServerFlavor struct {
	Name  string `json:"original_name"`
	VCPUs int64  `json:"vcpus"`
	RAM   int64  `json:"ram"`
	Disk  int64  `json:"disk"`
}

// Flavor is a type of server.
type Flavor struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description *string           `json:"description"`
	VCPUs       int64             `json:"vcpus"`
	RAM         int64             `json:"ram"`
	Disk        int64             `json:"disk"`
	Ephemeral   int64             `json:"OS-FLV-EXT-DATA:ephemeral"`
	Public      bool              `json:"os-flavor-access:is_public"`
	ExtraSpecs  map[string]string `json:"extra_specs"`
}

// Provider is a resource provider of Placement.
type Provider struct {
	UUID       string `json:"uuid"`
	Name       string `json:"name"`
	Generation int64  `json:"generation"`
	Root       string `json:"root_provider_uuid"`
}

// Inventory is what a provider has of one resource class.
type Inventory struct {
	Total    int64   `json:"total"`
	Reserved int64   `json:"reserved"`
	Ratio    float64 `json:"allocation_ratio"`
}

// NewServer is a server to create.
type NewServer struct {
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	FlavorID    string            `json:"flavorRef"`
	Image       string            `json:"imageRef"`
	Networks    any               `json:"networks"` // "none", "auto" or a list of NetworkRef
	Zone        string            `json:"availability_zone,omitempty"`
	Host        string            `json:"host,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	KeyName     string            `json:"key_name,omitempty"`
	UserData    string            `json:"user_data,omitempty"`
}

// NetworkRef names a network to put a server on.
type NetworkRef struct {
	UUID string `json:"uuid"`
}

// optional tells a value that is null from one that is missing.
type optional[T any] struct {
	Known bool
	Value T // zero if null
}

// UnmarshalJSON is called for null, too, and not for what is missing.
func (o *optional[T]) UnmarshalJSON(raw []byte) error {
	o.Known = true
	return unmarshal(raw, &o.Value)
}

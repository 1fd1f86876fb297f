package config

import (
	"net/netip"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// Role says what a process does.
type Role string

// The roles.
const (
	// RoleAll serves the API, and takes part in finding and delivering changes.
	RoleAll Role = "all"
	// RoleGateway serves the API alone.
	RoleGateway Role = "gateway"
	// RoleController finds and delivers changes, and serves health and metrics.
	RoleController Role = "controller"
)

// Serves reports whether the role serves the API.
func (r Role) Serves() bool { return r != RoleController }

// Controls reports whether the role takes part in finding and delivering changes.
func (r Role) Controls() bool { return r != RoleGateway }

// The types of store.
const (
	StoreEmbedded = "embedded"
	StoreRedis    = "redis"
)

// Store says where subscriptions, queues and what was told of objects are kept.
type Store struct {
	// Type is StoreEmbedded or StoreRedis.
	Type     string
	Embedded Embedded
	Redis    Redis
}

// Embedded is the store in one file.
type Embedded struct {
	// Path is the file.
	Path string
}

// Redis says how to reach the shared store.
type Redis struct {
	// Addresses are host:port: of the server, or of the Sentinels if MasterName
	// is set.
	Addresses  []string
	MasterName string
	// Username and Password are the ACL user's; PasswordFile holds the password
	// instead. Those of Sentinel are the Sentinels' own.
	Username             string
	Password             o2.Secret
	PasswordFile         string
	SentinelUsername     string
	SentinelPassword     o2.Secret
	SentinelPasswordFile string
	TLS                  RedisTLS
	Database             int
	Prefix               string
	// Replicas have to confirm a write within WaitTimeout.
	Replicas    int
	WaitTimeout time.Duration
}

// RedisTLS names PEM files.
type RedisTLS struct {
	Enabled                   bool
	CAFile, CertFile, KeyFile string
	ServerName                string
}

// The types of leadership, and of the store of subscriptions.
const (
	InStore      = "store"
	InKubernetes = "kubernetes"
)

// Leadership says how one controller comes to lead.
type Leadership struct {
	// Type is InStore or InKubernetes.
	Type string
	// LeaseDuration is how long a leader that has died still counts as one.
	LeaseDuration time.Duration
	Kubernetes    KubernetesLease
}

// KubernetesLease names the Lease.
type KubernetesLease struct {
	// Kubeconfig is a file, "" is the pod's own service account.
	Kubeconfig, Namespace, Name string
}

// Subscriptions is everything about subscriptions and their delivery.
type Subscriptions struct {
	// Store is InStore or InKubernetes.
	Store      string
	Kubernetes KubernetesSubscriptions
	Limits     SubscriptionLimits
	Callbacks  Callbacks
	Delivery   Delivery
	Queue      Queue
}

// KubernetesSubscriptions says where subscriptions are custom resources.
type KubernetesSubscriptions struct {
	// Kubeconfig is a file, "" is the pod's own service account.
	Kubeconfig, Namespace string
}

// SubscriptionLimits bound how many subscriptions there may be.
type SubscriptionLimits struct{ PerTenant, Total int }

// Callbacks says where notifications may go, and what receivers are shown.
type Callbacks struct {
	AllowLoopbackHTTP, AllowHTTP bool
	AllowNetworks                []netip.Prefix
	// HostInCertificate demands the callback's host in the subscriber's certificate.
	HostInCertificate bool
	// CAFile verifies receivers; CertFile and KeyFile are shown to those that ask.
	CAFile, CertFile, KeyFile string
	OAuth2                    OAuth2
}

// OAuth2 fetches tokens for receivers that want them.
type OAuth2 struct {
	// Hosts are sent the tokens, no others.
	Hosts              []string
	TokenURL, ClientID string
	ClientSecretFile   string
	Scopes             []string
}

// Enabled reports whether tokens are fetched.
func (o OAuth2) Enabled() bool { return o.TokenURL != "" }

// Delivery bounds attempts.
type Delivery struct {
	// Timeout is for one attempt, MaxAge for all attempts at one event.
	Timeout, MaxAge time.Duration
	// Concurrency counts subscriptions served at once, Batch the entries claimed
	// at once.
	Concurrency, Batch int
	// Grace is what attempts get to end when the process stops.
	Grace time.Duration
}

// Queue says when a queue is shortened.
type Queue struct {
	// CoalesceLength and CoalesceAge are from where on changes of one object in a
	// queue become one.
	CoalesceLength int
	CoalesceAge    time.Duration
	// HardCap is where a queue is replaced by a fresh initial state.
	HardCap int
}

// Package config is the Kubernetes plugin's configuration.
package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/netweave/netweave/sdk"
)

// Config is what stands under `config:` of an adapter of type kubernetes. Every
// key is optional; see the plugin's README for each.
type Config struct {
	// Kubeconfig is a file; without one the pod's ServiceAccount is used.
	Kubeconfig string `json:"kubeconfig"`
	// Context is a context of Kubeconfig; its current one if empty.
	Context string `json:"context"`
	// Namespace is where pools are created if the request names no other; their
	// template's namespace if empty.
	Namespace string `json:"namespace"`
	// WatchNamespaces restricts the machine APIs to these; all if empty.
	WatchNamespaces []string `json:"watchNamespaces"`
	// OCloudID is shown on deployment managers and pools, GlobalLocationID on pools.
	OCloudID         string `json:"ocloudId"`
	GlobalLocationID string `json:"globalLocationId"`
	// ClusterName is the deployment manager's name; the kubeconfig's name of the
	// cluster, or "kubernetes", if empty.
	ClusterName string `json:"clusterName"`
	// PoolLabel groups Nodes that belong to no MachineSet or MachineDeployment.
	PoolLabel string `json:"poolLabel"`
	// ShowLabels are prefixes of Node labels to show as k8s.labels.
	ShowLabels []string `json:"showLabels"`
	// Templates are names that a request for a pool may give as its template or
	// type. The one called "default" is used when a request names none.
	Templates map[string]Template `json:"templates"`
	// CreateResource is "machine" or "scale".
	CreateResource string `json:"createResource"`
	// CreateTimeout bounds the wait for a Machine after scaling up.
	CreateTimeout sdk.Duration `json:"createTimeout"`
	// DeleteResource is "decrement" or "keep": what becomes of the pool's
	// replicas when one of its Machines is deleted.
	DeleteResource string `json:"deleteResource"`
	// Drain says how a Node is emptied before its Machine is deleted.
	Drain Drain `json:"drain"`
	// QPS and Burst limit requests to the API; watches do not count.
	QPS   float32 `json:"qps"`
	Burst int     `json:"burst"`
	// Recheck is how often what was missing or forbidden is tried again.
	Recheck sdk.Duration `json:"recheck"`
	// MetricsInterval is how often usage and requests are read.
	MetricsInterval sdk.Duration `json:"metricsInterval"`
}

// Template refers to an existing MachineSet or MachineDeployment to copy.
type Template struct {
	// Kind is MachineSet or MachineDeployment; either if empty.
	Kind string `json:"kind"`
	// Namespace may be empty if the name alone is clear.
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Replicas is for requests that give no number; 1 if nil.
	Replicas *int64 `json:"replicas"`
}

// Drain says how a Node is emptied.
type Drain struct {
	// Enabled evicts the Node's pods, as PodDisruptionBudgets allow. Without it
	// the Node is cordoned and the Machine deleted.
	Enabled bool `json:"enabled"`
	// Timeout is how long pods may take to go.
	Timeout sdk.Duration `json:"timeout"`
	// GracePeriodSeconds overrides the pods' own, if not nil.
	GracePeriodSeconds *int64 `json:"gracePeriodSeconds"`
}

// The choices for CreateResource and DeleteResource.
const (
	CreateMachine = "machine"
	CreateByScale = "scale"
	Decrement     = "decrement"
	Keep          = "keep"
)

// The kinds that a template may have.
const (
	KindMachineSet        = "MachineSet"
	KindMachineDeployment = "MachineDeployment"
)

// Defaults for what a configuration leaves out.
const (
	DefaultPoolLabel     = corev1.LabelTopologyZone
	DefaultCreateTimeout = 20 * time.Second
	DefaultDrainTimeout  = 5 * time.Minute
	DefaultRecheck       = 30 * time.Second
	DefaultInterval      = 30 * time.Second
	DefaultQPS           = 50
	DefaultBurst         = 100
)

// WithDefaults returns the configuration with what was left out filled in.
func (c Config) WithDefaults() Config {
	c.PoolLabel = orElse(c.PoolLabel, DefaultPoolLabel)
	c.CreateResource = orElse(c.CreateResource, CreateMachine)
	c.DeleteResource = orElse(c.DeleteResource, Decrement)
	c.CreateTimeout = orElse(c.CreateTimeout, sdk.Duration(DefaultCreateTimeout))
	c.Drain.Timeout = orElse(c.Drain.Timeout, sdk.Duration(DefaultDrainTimeout))
	c.Recheck = orElse(c.Recheck, sdk.Duration(DefaultRecheck))
	c.MetricsInterval = orElse(c.MetricsInterval, sdk.Duration(DefaultInterval))
	c.QPS = orElse(c.QPS, DefaultQPS)
	c.Burst = orElse(c.Burst, DefaultBurst)
	return c
}

func orElse[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// Watches tells whether the machine APIs are watched in the namespace.
func (c Config) Watches(namespace string) bool {
	return len(c.WatchNamespaces) == 0 || slices.Contains(c.WatchNamespaces, namespace)
}

// Validate reports every problem, each with its key.
func (c Config) Validate() error {
	var problems []error
	bad := func(key, format string, args ...any) {
		problems = append(problems, fmt.Errorf("%s: "+format, append([]any{key}, args...)...))
	}
	if strings.HasPrefix(c.Kubeconfig, "~") {
		bad("kubeconfig", "%q begins with ~, which only a shell understands: give the full path", c.Kubeconfig)
	}
	if c.Context != "" && c.Kubeconfig == "" {
		bad("context", "is of no use without kubeconfig: name a file, or leave both out to use the pod's ServiceAccount")
	}
	namespace := func(key, name string) {
		if faults := validation.IsDNS1123Label(name); len(faults) > 0 {
			bad(key, "%q is no namespace: %s", name, faults[0])
		}
	}
	if c.Namespace != "" {
		namespace("namespace", c.Namespace)
	}
	for i, name := range c.WatchNamespaces {
		namespace(fmt.Sprintf("watchNamespaces[%d]", i), name)
	}
	if faults := validation.IsQualifiedName(c.PoolLabel); c.PoolLabel != "" && len(faults) > 0 {
		bad("poolLabel", "%q is no label key: %s", c.PoolLabel, faults[0])
	}
	for i, prefix := range c.ShowLabels {
		if prefix == "" {
			bad(fmt.Sprintf("showLabels[%d]", i), "is empty: give a prefix of label keys, such as feature.node.kubernetes.io/")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Templates)) {
		c.Templates[name].validate("templates."+name, bad, namespace)
	}
	choice := func(key, value string, of ...string) {
		if value != "" && !slices.Contains(of, value) {
			bad(key, "%q is unknown: %s", value, strings.Join(of, " or "))
		}
	}
	choice("createResource", c.CreateResource, CreateMachine, CreateByScale)
	choice("deleteResource", c.DeleteResource, Decrement, Keep)
	notNegative := func(key string, negative bool) {
		if negative {
			bad(key, "is negative: leave it out for the default")
		}
	}
	notNegative("createTimeout", c.CreateTimeout < 0)
	notNegative("drain.timeout", c.Drain.Timeout < 0)
	notNegative("drain.gracePeriodSeconds", c.Drain.GracePeriodSeconds != nil && *c.Drain.GracePeriodSeconds < 0)
	notNegative("qps", c.QPS < 0)
	notNegative("burst", c.Burst < 0)
	notNegative("recheck", c.Recheck < 0)
	notNegative("metricsInterval", c.MetricsInterval < 0)
	return errors.Join(problems...)
}

func (t Template) validate(key string, bad func(key, format string, args ...any), namespace func(key, name string)) {
	if t.Name == "" {
		bad(key+".name", "is missing: name the MachineSet or MachineDeployment to copy")
	}
	if t.Namespace != "" {
		namespace(key+".namespace", t.Namespace)
	}
	if t.Kind != "" && t.Kind != KindMachineSet && t.Kind != KindMachineDeployment {
		bad(key+".kind", "%q is unknown: %s or %s", t.Kind, KindMachineSet, KindMachineDeployment)
	}
	if t.Replicas != nil && *t.Replicas < 0 {
		bad(key+".replicas", "is negative: give 0 or more")
	}
}

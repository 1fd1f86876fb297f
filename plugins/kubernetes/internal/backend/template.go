package backend

import (
	"fmt"
	"strings"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/sdk"
)

// defaultTemplate is the configured template for requests that name none.
const defaultTemplate = "default"

// chosen is the pool to copy, and the number of replicas for requests that give
// none.
type chosen struct {
	pool     *inventory.MachinePool
	replicas int64
}

// chooseTemplate finds the pool that a request is to be copied from: the one it
// names, by a configured template or by itself; else the configured default;
// else the only one there is that fits. tenant and location are the new pool's.
func chooseTemplate(r poolRequest, tenant, location string, cfg config.Config, pools []*inventory.MachinePool) (chosen, error) {
	choice := chosen{replicas: 1}
	ref, named := r.template, r.template.Name != ""
	if !named {
		if _, ok := cfg.Templates[defaultTemplate]; ok {
			ref, named = templateRef{Name: defaultTemplate}, true
		}
	}
	if t, ok := cfg.Templates[ref.Name]; ok && ref.Namespace == "" && ref.Kind == "" {
		ref = templateRef{Kind: t.Kind, Namespace: t.Namespace, Name: t.Name}
		if t.Replicas != nil {
			choice.replicas = *t.Replicas
		}
	}
	var fitting []*inventory.MachinePool
	for _, p := range pools {
		// A tenant may copy what is its own or nobody's, and hears of nothing else.
		if tenant != "" && p.Tenant() != "" && p.Tenant() != tenant {
			continue
		}
		if r.kind != "" && p.Kind != r.kind {
			continue
		}
		if named && ref.fits(p) || !named && fits(p, r, location) {
			fitting = append(fitting, p)
		}
	}
	if len(fitting) > 1 && named && ref.Namespace == "" {
		fitting = preferNamespace(fitting, cfg.Namespace)
	}
	switch {
	case len(fitting) == 1:
		choice.pool = fitting[0]
		return choice, nil
	case named && len(fitting) == 0:
		return chosen{}, sdk.Errorf(sdk.Invalid, "extensions.template: there is no %s%s", ref, offer(pools, tenant))
	case named:
		return chosen{}, sdk.Errorf(sdk.Invalid, "extensions.template: %s could be any of%s", ref, names(fitting))
	case len(fitting) == 0:
		return chosen{}, sdk.Errorf(sdk.Invalid, "extensions.template is missing, and no pool fits the request as a template%s", offer(pools, tenant))
	default:
		return chosen{}, sdk.Errorf(sdk.Invalid, "extensions.template is missing: name the pool to copy, one of%s", names(fitting))
	}
}

func (ref templateRef) fits(p *inventory.MachinePool) bool {
	return (ref.Name == p.Name || ref.Name == p.UID) &&
		(ref.Namespace == "" || ref.Namespace == p.Namespace) &&
		(ref.Kind == "" || strings.EqualFold(ref.Kind, string(p.Kind)))
}

// String names the reference in errors.
func (ref templateRef) String() string {
	name := ref.Name
	if ref.Namespace != "" {
		name = ref.Namespace + "/" + name
	}
	if ref.Kind != "" {
		return ref.Kind + " " + name
	}
	return "MachineSet or MachineDeployment " + name
}

// fits tells whether a request that names no template may mean this one.
func fits(p *inventory.MachinePool, r poolRequest, location string) bool {
	return (r.instanceType == "" || r.instanceType == p.InstanceType()) &&
		(r.namespace == "" || r.namespace == p.Namespace) &&
		(location == "" || location == p.Zone())
}

func preferNamespace(pools []*inventory.MachinePool, namespace string) []*inventory.MachinePool {
	for _, p := range pools {
		if p.Namespace == namespace {
			return []*inventory.MachinePool{p}
		}
	}
	return pools
}

// offered bounds a list of names in an error.
const offered = 10

// offer lists what the tenant could have named.
func offer(pools []*inventory.MachinePool, tenant string) string {
	var own []*inventory.MachinePool
	for _, p := range pools {
		if tenant == "" || p.Tenant() == "" || p.Tenant() == tenant {
			own = append(own, p)
		}
	}
	if len(own) == 0 {
		return ": the cluster has no MachineSet or MachineDeployment to copy"
	}
	return "; there are" + names(own)
}

func names(pools []*inventory.MachinePool) string {
	var b strings.Builder
	for i, p := range pools {
		if i == offered {
			fmt.Fprintf(&b, " and %d more", len(pools)-offered)
			break
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %s/%s", p.Namespace, p.Name)
	}
	return b.String()
}

package backend

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/sdk"
)

// CreateResource adds a machine to a pool: a Machine of its own, beside those
// that the MachineSet counts, or one more replica, as configured. A
// MachineDeployment is always scaled, since only its controller can make what a
// Machine of cluster-api refers to.
func (b *Backend) CreateResource(ctx context.Context, resource *sdk.Resource) (*sdk.Resource, error) {
	for _, kind := range []sdk.Kind{sdk.KindResourcePool, sdk.KindResource} {
		if err := b.readable(ctx, kind); err != nil {
			return nil, err
		}
	}
	pool, err := b.poolFor(resource)
	if err != nil {
		return nil, err
	}
	if err := checkType(resource.ResourceTypeID, pool, b.model); err != nil {
		return nil, err
	}
	if resource.ParentID != "" {
		return nil, sdk.Errorf(sdk.Invalid, "parentId: a machine has no parent; leave it out")
	}
	for _, key := range slices.Sorted(maps.Keys(resource.Extensions)) {
		if key == "k8s.instanceType" || key == "instanceType" {
			if equalJSON(resource.Extensions[key], pool.InstanceType()) {
				continue
			}
			return nil, sdk.Errorf(sdk.Invalid, "extensions.%s: the pool's machines are of type %q", key, pool.InstanceType())
		}
		return nil, sdk.Errorf(sdk.Invalid, "extensions.%s cannot be set on a machine: the pool's template decides", key)
	}
	var id string
	if pool.Kind == inventory.PartMachineSet && b.cfg.CreateResource == config.CreateMachine {
		id, err = b.createMachine(ctx, pool, resource)
	} else {
		id, err = b.scaleUp(ctx, pool, resource)
	}
	if err != nil {
		return nil, err
	}
	made, ok := b.model.Get(inventory.Key{Kind: sdk.KindResource, ID: id}).(*sdk.Resource)
	if !ok {
		return nil, sdk.Errorf(sdk.NotFound, "the new machine was deleted meanwhile")
	}
	return made, nil
}

func (b *Backend) poolFor(resource *sdk.Resource) (*inventory.MachinePool, error) {
	pool := b.model.Pool(resource.ResourcePoolID)
	switch {
	case pool == nil && b.model.IsGroup(resource.ResourcePoolID):
		return nil, sdk.Errorf(sdk.Unsupported, "resourcePoolId: %q is a group of labelled Nodes, which come from outside: choose a MachineSet or MachineDeployment", resource.ResourcePoolID)
	case pool == nil, pool.Tenant() != "" && resource.Tenant != "" && pool.Tenant() != resource.Tenant:
		return nil, sdk.Errorf(sdk.Invalid, "resourcePoolId: the cluster has no pool %q", resource.ResourcePoolID)
	}
	return pool, nil
}

func checkType(id string, pool *inventory.MachinePool, model *inventory.Model) error {
	if id == "" || id == pool.InstanceType() {
		return nil
	}
	known, ok := model.Get(inventory.Key{Kind: sdk.KindResourceType, ID: id}).(*sdk.ResourceType)
	if ok && known.ResourceClass == sdk.ResourceClassStorage {
		return sdk.Errorf(sdk.Unsupported, "resourceTypeId: a PersistentVolume is made by a claim in the cluster, not here")
	}
	if !ok && id != inventory.NodeType {
		return sdk.Errorf(sdk.Invalid, "resourceTypeId: the cluster has no type %q", id)
	}
	if pool.InstanceType() != "" {
		return sdk.Errorf(sdk.Invalid, "resourceTypeId: the pool's machines are of type %q, not %q: choose that type or another pool", pool.InstanceType(), id)
	}
	return nil
}

// createMachine makes a Machine of the MachineSet's template. It lacks the labels
// by which the MachineSet's controller counts its own, which would otherwise
// adopt it and delete one as surplus; netweave's label makes it the pool's.
func (b *Backend) createMachine(ctx context.Context, pool *inventory.MachinePool, resource *sdk.Resource) (string, error) {
	sets, err := b.objects(ctx, inventory.PartMachineSet, pool.Namespace)
	if err != nil {
		return "", err
	}
	set, err := sets.get(ctx, pool.Name)
	if err != nil {
		return "", err
	}
	machine, err := machineOf(set, resource)
	if err != nil {
		return "", err
	}
	machines, err := b.objects(ctx, inventory.PartMachine, pool.Namespace)
	if err != nil {
		return "", err
	}
	made, err := machines.create(ctx, machine)
	if name := machine.GetName(); machines.takenByAnother(ctx, err, name, resource.Tenant) {
		machine.SetName(apart(name, resource.Tenant))
		made, err = machines.create(ctx, machine)
	}
	if err != nil {
		return "", err
	}
	return string(made.GetUID()), nil
}

// machineOf makes a Machine of a MachineSet's template.
func machineOf(set *unstructured.Unstructured, resource *sdk.Resource) (*unstructured.Unstructured, error) {
	spec, ok, err := unstructured.NestedMap(set.Object, "spec", "template", "spec")
	if !ok || err != nil {
		return nil, sdk.Errorf(sdk.Invalid, "resourcePoolId: the MachineSet %s has no template", set.GetName())
	}
	m := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	m.SetAPIVersion(set.GetAPIVersion())
	m.SetKind("Machine")
	m.SetNamespace(set.GetNamespace())
	title := ""
	if resource.Name == "" {
		m.SetGenerateName(set.GetName() + "-")
	} else {
		name, _, err := objectName(resource.Name)
		if err != nil {
			return nil, err
		}
		m.SetName(name)
		// Written down even if it is the object's own name: the name that was
		// asked for stays when a Node with its own joins.
		title = resource.Name
	}
	own := stringMap(set.Object, "spec", "template", "metadata", "labels")
	delete(own, inventory.MachineSetLabel)
	selector := labels.SelectorFromSet(stringMap(set.Object, "spec", "selector", "matchLabels"))
	if selector.Matches(labels.Set(own)) {
		return nil, sdk.Errorf(sdk.Unsupported, "the MachineSet %s would take the new Machine for its own and delete one: set createResource to scale", set.GetName())
	}
	own[inventory.PoolLabel] = string(set.GetUID())
	if tenant := firstText(resource.Tenant, set.GetLabels()[inventory.TenantLabel]); tenant != "" {
		own[inventory.TenantLabel] = tenant
	}
	m.SetLabels(own)
	annotations := stringMap(set.Object, "spec", "template", "metadata", "annotations")
	describe(annotations, title, resource)
	m.SetAnnotations(annotations)
	return m, nil
}

// describe writes down what a request says of a machine.
func describe(annotations map[string]string, title string, resource *sdk.Resource) {
	annotate(annotations, title, resource.Description)
	setOrDelete(annotations, inventory.TagsAnnotation, strings.Join(resource.Tags, ","))
	setOrDelete(annotations, inventory.AssetAnnotation, resource.GlobalAssetID)
}

// scaleUp adds a replica and waits for the Machine that the pool's controller
// makes.
func (b *Backend) scaleUp(ctx context.Context, pool *inventory.MachinePool, resource *sdk.Resource) (string, error) {
	to, err := b.objects(ctx, pool.Kind, pool.Namespace)
	if err != nil {
		return "", err
	}
	kind := inventory.PartMachine
	if pool.Kind == inventory.PartMachineDeployment {
		kind = inventory.PartClusterMachine
	}
	if !b.feeds.Has(kind) {
		return "", sdk.Errorf(sdk.Unsupported, "the plugin may not read Machines and could not tell which one is new: scale the pool by its replicas instead")
	}
	ctx, cancel := context.WithTimeout(ctx, b.cfg.CreateTimeout.Std())
	defer cancel()
	// Known before the scaling, so that the new one is not among them.
	before := b.model.PoolMachines(pool.UID)
	replicas := int64(0)
	err = to.update(ctx, pool.Name, pool.UID, func(u *unstructured.Unstructured) (bool, error) {
		replicas = replicasOf(u) + 1
		return true, setReplicas(u, replicas)
	})
	if err != nil {
		return "", err
	}
	var id string
	err = b.model.Await(ctx, func() bool {
		id = b.claims.take(b.model.PoolMachines(pool.UID), before)
		return id != ""
	})
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return "", err
		}
		return "", sdk.Errorf(sdk.Timeout, "the pool was scaled to %d, but its machine has not appeared yet", replicas)
	}
	b.describeMachine(ctx, kind, id, resource)
	return id, nil
}

// describeMachine writes what the request says of the machine onto it, and whose
// it is: the pool's template may leave that open. The machine is there all the
// same, so a failure is no error of the request.
func (b *Backend) describeMachine(ctx context.Context, kind inventory.PartKind, id string, resource *sdk.Resource) {
	target, ok := b.model.Target(id)
	if !ok || resource.Name == "" && resource.Description == "" && len(resource.Tags) == 0 && resource.GlobalAssetID == "" && resource.Tenant == "" {
		return
	}
	machines, err := b.objects(ctx, kind, target.Machine.Namespace)
	if err == nil {
		err = machines.update(ctx, target.Machine.Name, id, func(u *unstructured.Unstructured) (bool, error) {
			annotations := u.GetAnnotations()
			if annotations == nil {
				annotations = map[string]string{}
			}
			describe(annotations, resource.Name, resource)
			u.SetAnnotations(annotations)
			stampTenant(u, resource.Tenant)
			return true, nil
		})
	}
	if err != nil {
		b.log.Warn("a new machine could not be given its name and description", "machine", target.Machine.Name, "error", err)
	}
}

// stampTenant labels a machine that nobody owns.
func stampTenant(u *unstructured.Unstructured, tenant string) {
	own := u.GetLabels()
	if tenant == "" || own[inventory.TenantLabel] != "" {
		return
	}
	if own == nil {
		own = map[string]string{}
	}
	own[inventory.TenantLabel] = tenant
	u.SetLabels(own)
}

// claims makes sure that two requests which scale at once do not take the same
// new machine for theirs.
type claims struct {
	mu    sync.Mutex
	taken map[string]bool
}

// take returns one of now that is neither in before nor taken, "" if there is
// none.
func (c *claims) take(now, before map[string]bool) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken == nil {
		c.taken = map[string]bool{}
	}
	for id := range now {
		if !before[id] && !c.taken[id] {
			c.taken[id] = true
			return id
		}
	}
	return ""
}

// controlledBy tells whether a controller of the kind owns the object.
func controlledBy(obj metav1.Object, kind string) bool {
	owner := metav1.GetControllerOf(obj)
	return owner != nil && owner.Kind == kind
}

package backend

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kube"
	"github.com/netweave/netweave/sdk"
)

// api is how one kind of the machine APIs is reached and cut down.
type api struct {
	group, version, resource, kind string
	cut                            func(inventory.Mapper, *unstructured.Unstructured) inventory.Part
}

var apis = map[inventory.PartKind]api{
	inventory.PartMachineSet: {kube.OpenShiftGroup, kube.OpenShiftVersion, "machinesets", "MachineSet",
		func(m inventory.Mapper, u *unstructured.Unstructured) inventory.Part { return m.MachineSet(u) }},
	inventory.PartMachine: {kube.OpenShiftGroup, kube.OpenShiftVersion, "machines", "Machine",
		func(m inventory.Mapper, u *unstructured.Unstructured) inventory.Part { return m.Machine(u) }},
	inventory.PartMachineDeployment: {kube.ClusterAPIGroup, "", "machinedeployments", "MachineDeployment",
		func(m inventory.Mapper, u *unstructured.Unstructured) inventory.Part { return m.MachineDeployment(u) }},
	inventory.PartClusterMachine: {kube.ClusterAPIGroup, "", "machines", "Machine",
		func(m inventory.Mapper, u *unstructured.Unstructured) inventory.Part { return m.ClusterMachine(u) }},
}

// objects reaches the objects of one kind in one namespace.
type objects struct {
	b         *Backend
	api       api
	origin    inventory.Origin
	client    dynamic.ResourceInterface
	namespace string
}

// objects finds the version that is served now.
func (b *Backend) objects(ctx context.Context, kind inventory.PartKind, namespace string) (objects, error) {
	a := apis[kind]
	gvr, ok, err := b.client.Served(ctx, a.group, a.version, a.resource)
	if err != nil {
		return objects{}, kube.Error("finding "+a.resource+"."+a.group, err)
	}
	if !ok {
		return objects{}, sdk.Errorf(sdk.Unsupported, "the cluster has no %s (%s)", a.kind, a.group)
	}
	if !b.cfg.Watches(namespace) {
		return objects{}, sdk.Errorf(sdk.Invalid, "namespace %q is not one that the plugin watches", namespace)
	}
	o := objects{b: b, api: a, origin: inventory.Origin{Kind: kind}, client: b.client.Resource(gvr, namespace), namespace: namespace}
	if len(b.cfg.WatchNamespaces) > 0 {
		o.origin.Namespace = namespace
	}
	return o, nil
}

// learn enters what the API answered into the inventory.
func (o objects) learn(u *unstructured.Unstructured) {
	o.b.model.Upsert(o.origin, o.api.cut(o.b.mapper, u))
}

func (o objects) what(name string) string { return o.api.kind + " " + o.namespace + "/" + name }

func (o objects) get(ctx context.Context, name string) (*unstructured.Unstructured, error) {
	u, err := o.client.Get(ctx, name, metav1.GetOptions{})
	return u, kube.Error("reading "+o.what(name), err)
}

func (o objects) create(ctx context.Context, u *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	made, err := o.client.Create(ctx, u, metav1.CreateOptions{FieldManager: fieldManager})
	if err != nil {
		return nil, kube.Error("creating "+o.what(u.GetName()+u.GetGenerateName()), err)
	}
	o.learn(made)
	return made, nil
}

// fieldManager is who changed a field, in the object's own records.
const fieldManager = "netweave"

// updateAttempts bounds how often an update meets a change by somebody else.
const updateAttempts = 6

// update reads the object, lets change change it, and writes it, again if
// somebody else wrote in between. uid guards against another object of the same
// name. change returns false if there is nothing to write.
func (o objects) update(ctx context.Context, name, uid string, change func(*unstructured.Unstructured) (bool, error)) error {
	for attempt := 1; ; attempt++ {
		u, err := o.get(ctx, name)
		if err != nil {
			return err
		}
		if string(u.GetUID()) != uid {
			return sdk.Errorf(sdk.NotFound, "%s was deleted; another has its name", o.what(name))
		}
		o.learn(u)
		changed, err := change(u)
		if err != nil || !changed {
			return err
		}
		written, err := o.client.Update(ctx, u, metav1.UpdateOptions{FieldManager: fieldManager})
		if kube.IsConflict(err) && attempt < updateAttempts {
			continue
		}
		if err != nil {
			return kube.Error("updating "+o.what(name), err)
		}
		o.learn(written)
		return nil
	}
}

// delete asks for the object's deletion and enters it into the inventory: an
// object that waits for its finalizers is gone for readers too.
func (o objects) delete(ctx context.Context, name, uid string) error {
	id := types.UID(uid)
	err := o.client.Delete(ctx, name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &id}})
	if err != nil && !kube.IsNotFound(err) && !kube.IsConflict(err) {
		return kube.Error("deleting "+o.what(name), err)
	}
	rest, getErr := o.client.Get(ctx, name, metav1.GetOptions{})
	switch {
	case getErr == nil && string(rest.GetUID()) == uid:
		if rest.GetDeletionTimestamp() == nil {
			return kube.Error("deleting "+o.what(name), err)
		}
		o.learn(rest)
	case getErr == nil || kube.IsNotFound(getErr):
		o.b.model.Remove(o.origin, uid)
	default:
		// Deleted all the same; the watch will tell.
		o.b.log.Debug("could not read what was deleted", "object", o.what(name), "error", getErr)
	}
	if err != nil {
		return sdk.Errorf(sdk.NotFound, "%s is gone already", o.what(name))
	}
	return nil
}

// replicasOf reads spec.replicas; both APIs take a missing number to be one.
func replicasOf(u *unstructured.Unstructured) int64 {
	n, ok, err := unstructured.NestedInt64(u.Object, "spec", "replicas")
	if !ok || err != nil {
		return 1
	}
	return n
}

func setReplicas(u *unstructured.Unstructured, n int64) error {
	if err := unstructured.SetNestedField(u.Object, n, "spec", "replicas"); err != nil {
		return fmt.Errorf("spec.replicas: %w", err)
	}
	return nil
}

package backend

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/sdk"
)

// victimAnnotations tell a pool's controller which machine to delete when it is
// scaled down.
var victimAnnotations = map[inventory.PartKind]string{
	inventory.PartMachine:        "machine.openshift.io/delete-machine",
	inventory.PartClusterMachine: "cluster.x-k8s.io/delete-machine",
}

// DeleteResource cordons the Node, evicts its pods if configured, and deletes its
// Machine. The pool's replicas go down by one unless configured otherwise, or
// the pool would replace the machine.
func (b *Backend) DeleteResource(ctx context.Context, id string) error {
	if err := b.readable(ctx, sdk.KindResource); err != nil {
		return err
	}
	target, ok := b.model.Target(id)
	switch {
	case !ok:
		return sdk.Errorf(sdk.NotFound, "the cluster has no Resource %q", id)
	case target.Volume != "":
		return sdk.Errorf(sdk.Unsupported, "the PersistentVolume %s goes with its claim and cannot be deleted here", target.Volume)
	case target.Machine == nil:
		return sdk.Errorf(sdk.Unsupported, "the Node %s has no Machine that could be deleted: it was not made by a machine API that the plugin may read", target.Node)
	}
	machine := target.Machine
	machines, err := b.objects(ctx, machine.Kind, machine.Namespace)
	if err != nil {
		return err
	}
	if target.Node != "" {
		if err := b.vacate(ctx, target.Node); err != nil {
			return err
		}
	}
	scaled := target.Pool != nil && target.Pool.Managed(machine) && b.cfg.DeleteResource == config.Decrement
	if scaled {
		if err := b.scaleDown(ctx, machines, target); err != nil {
			return err
		}
	}
	err = machines.delete(ctx, machine.Name, machine.UID)
	if e, ok := errors.AsType[*sdk.Error](err); ok && scaled && e.Code == sdk.NotFound {
		return nil // the pool's controller was faster
	}
	return err
}

// scaleDown marks the machine as the one to go and takes a replica from its
// pool. Called again after a delete that failed, it does nothing more.
func (b *Backend) scaleDown(ctx context.Context, machines objects, target inventory.Target) error {
	machine, pool := target.Machine, target.Pool
	mark := victimAnnotations[machine.Kind]
	marked := false
	err := machines.update(ctx, machine.Name, machine.UID, func(u *unstructured.Unstructured) (bool, error) {
		annotations := u.GetAnnotations()
		if annotations[mark] != "" {
			marked = true
			return false, nil
		}
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[mark] = "true"
		u.SetAnnotations(annotations)
		return true, nil
	})
	if err != nil {
		return err
	}
	pools, err := b.objects(ctx, pool.Kind, pool.Namespace)
	if err != nil {
		return err
	}
	err = pools.update(ctx, pool.Name, pool.UID, func(u *unstructured.Unstructured) (bool, error) {
		now := replicasOf(u)
		if now == 0 || marked && now < int64(len(b.model.PoolMachines(pool.UID))) {
			return false, nil
		}
		return true, setReplicas(u, now-1)
	})
	return err
}

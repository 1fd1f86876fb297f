//go:build integration

package backend

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
	"github.com/netweave/netweave/sdk"
)

// patience is how long anything may take to show; it mostly takes milliseconds.
const patience = 20 * time.Second

// limited returns a client configuration of a user who may do what the rules
// say, and a function that changes them.
func limited(t *testing.T, user string, rules ...rbacv1.PolicyRule) (*rest.Config, func(...rbacv1.PolicyRule)) {
	t.Helper()
	roles, bindings := lab.Core.RbacV1().ClusterRoles(), lab.Core.RbacV1().ClusterRoleBindings()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: user}, Rules: rules}
	if _, err := roles.Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: user},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: user}},
	}
	if _, err := bindings.Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(
			bindings.Delete(context.Background(), user, metav1.DeleteOptions{}),
			roles.Delete(context.Background(), user, metav1.DeleteOptions{}),
		); err != nil {
			t.Error(err)
		}
	})
	as := rest.CopyConfig(lab.REST)
	as.Impersonate.UserName = user
	return as, func(rules ...rbacv1.PolicyRule) {
		role, err := roles.Get(t.Context(), user, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		role.Rules = rules
		if _, err := roles.Update(t.Context(), role, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

func may(group string, resources, verbs []string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: resources, Verbs: verbs}
}

var read = []string{"get", "list", "watch"}

// TestWithoutRights serves what may be read, and the rest once it may be.
func TestWithoutRights(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	lab.CreateVolume(t, "v1", "")
	lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 1))
	nodes := may("", []string{"nodes"}, read)
	as, grant := limited(t, "no-volumes", nodes, may("storage.k8s.io", []string{"storageclasses"}, read))
	b := open(t, as, config.Config{})
	r := follow(t, b)
	eventually(t, patience, func() string {
		if n, _ := r.state(); n == 0 {
			return "no snapshot came"
		}
		return ""
	})
	if got, want := r.names(sdk.KindResource), []string{"n1"}; !slices.Equal(got, want) {
		t.Errorf("resources are %q, want %q", got, want)
	}
	// The MachineSets are out of reach, so that Nodes are grouped by label.
	if got, want := r.names(sdk.KindResourcePool), []string{"z1"}; !slices.Equal(got, want) {
		t.Errorf("pools are %q, want %q", got, want)
	}
	if err := b.Health(t.Context()); err != nil {
		t.Errorf("Health: %v, want nil: what cannot be read was never sent", err)
	}

	grant(nodes, may("", []string{"persistentvolumes"}, read), may("machine.openshift.io", []string{"machinesets"}, read))
	eventually(t, patience, func() string {
		if got, want := r.names(sdk.KindResource), []string{"n1", "v1"}; !slices.Equal(got, want) {
			return "the PersistentVolume did not come after its right was granted"
		}
		if got, want := r.names(sdk.KindResourcePool), []string{"workers", "z1"}; !slices.Equal(got, want) {
			return "the MachineSet did not come after its right was granted"
		}
		return ""
	})
}

// TestWithoutNodes leaves out what it cannot know instead of emptying it.
func TestWithoutNodes(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	lab.CreateStorageClass(t, "fast")
	as, grant := limited(t, "no-nodes", may("storage.k8s.io", []string{"storageclasses"}, read))
	b := open(t, as, config.Config{})
	r := follow(t, b)
	eventually(t, patience, func() string {
		if n, kinds := r.state(); n != 1 || !slices.Equal(kinds, []sdk.Kind{sdk.KindDeploymentManager, sdk.KindResourceType}) {
			return "the first snapshot does not cover deployment managers and types alone"
		}
		return ""
	})
	dm := r.named(sdk.KindDeploymentManager, "lab")
	if dm == nil || dm.Common().ID != "cluster:ocloud-lab" {
		t.Errorf("the deployment manager is %+v, want the id cluster:ocloud-lab: kube-system may not be read", dm)
	}
	grant(may("", []string{"nodes"}, read))
	eventually(t, patience, func() string {
		if n, kinds := r.state(); n < 2 || len(kinds) != 4 || r.named(sdk.KindResource, "n1") == nil {
			return "no second snapshot covers all four kinds"
		}
		return ""
	})
}

// TestWriteWithoutRights says what is missing.
func TestWriteWithoutRights(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	set := lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 1))
	as, _ := limited(t, "reader", may("", []string{"nodes"}, read), may("machine.openshift.io", []string{"machinesets", "machines"}, read))
	b := open(t, as, config.Config{})
	_, err := b.CreateResourcePool(t.Context(), &sdk.ResourcePool{Meta: sdk.Meta{Name: "more", Extensions: map[string]any{"template": "workers"}}})
	wantCode(t, "CreateResourcePool", err, sdk.Denied)
	_, err = b.UpdateResourcePool(t.Context(), &sdk.ResourcePool{Meta: sdk.Meta{ID: string(set.GetUID()), Name: "workers", Extensions: map[string]any{"replicas": 3}}})
	wantCode(t, "UpdateResourcePool", err, sdk.Denied)
	wantCode(t, "DeleteResourcePool", b.DeleteResourcePool(t.Context(), string(set.GetUID())), sdk.Denied)
	_, err = b.CreateResource(t.Context(), &sdk.Resource{ResourcePoolID: string(set.GetUID())})
	wantCode(t, "CreateResource", err, sdk.Denied)
}

//go:build integration

package backend

import (
	"os"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
	"github.com/netweave/netweave/sdk"
)

// leastRole is the ClusterRole that the plugin's README shows.
func leastRole(t *testing.T) rbacv1.ClusterRole {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```yaml\n")
	manifest, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("README.md shows no ClusterRole")
	}
	var role rbacv1.ClusterRole
	if err := yaml.UnmarshalStrict([]byte(manifest), &role); err != nil {
		t.Fatal(err)
	}
	return role
}

// TestLeastRole reads and writes everything with no more than what the README
// says is needed.
func TestLeastRole(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	lab.CreateStorageClass(t, "fast")
	lab.CreateVolume(t, "v1", "fast")
	lab.Create(t, kubetest.MachineSets, kubetest.MachineSet("workers", "z1", "m5.large", 1))
	lab.Create(t, kubetest.Machines, kubetest.Machine("m1", "workers", "z1", "m5.large", "n1"))
	as, _ := limited(t, "least", leastRole(t).Rules...)
	b := open(t, as, config.Config{})
	r := follow(t, b)
	eventually(t, patience, func() string {
		if n, kinds := r.state(); n == 0 || len(kinds) != 4 {
			return "no snapshot covers all four kinds"
		}
		return ""
	})
	for kind, want := range map[sdk.Kind][]string{
		sdk.KindResource: {"n1", "v1"}, sdk.KindResourcePool: {"workers"}, sdk.KindResourceType: {"fast", "m5.large"}, sdk.KindDeploymentManager: {"lab"},
	} {
		if got := r.names(kind); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", kind, got, want)
		}
	}
	if err := b.Health(t.Context()); err != nil {
		t.Errorf("Health: %v", err)
	}
	pool, err := b.CreateResourcePool(t.Context(), &sdk.ResourcePool{Meta: sdk.Meta{Name: "more", Extensions: map[string]any{"template": "workers"}}})
	if err != nil {
		t.Fatalf("CreateResourcePool: %v", err)
	}
	change := &sdk.ResourcePool{Meta: sdk.Meta{ID: pool.ID, Name: "more", Extensions: map[string]any{"replicas": 2}}}
	if _, err := b.UpdateResourcePool(t.Context(), change); err != nil {
		t.Errorf("UpdateResourcePool: %v", err)
	}
	made, err := b.CreateResource(t.Context(), &sdk.Resource{ResourcePoolID: pool.ID})
	if err != nil {
		t.Fatalf("CreateResource: %v", err)
	}
	joined := r.named(sdk.KindResource, "n1").Common().ID
	for _, id := range []string{made.ID, joined} {
		if err := b.DeleteResource(t.Context(), id); err != nil {
			t.Errorf("DeleteResource: %v", err)
		}
	}
	if err := b.DeleteResourcePool(t.Context(), pool.ID); err != nil {
		t.Errorf("DeleteResourcePool: %v", err)
	}
}

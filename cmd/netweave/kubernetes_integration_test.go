//go:build integration

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/netweave/netweave/cmd/netweave/devcerts"
	"github.com/netweave/netweave/outbound/kube/kubetest"
)

// Tenants are custom resources: the example that is shipped counts once it is
// applied, what the API makes is there for kubectl, and for another gateway, and
// what is deleted past the API is gone.
func TestTenantsInKubernetes(t *testing.T) {
	server, err := kubetest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := server.Tenancy(t.Context()); err != nil {
		t.Fatal(err)
	}
	rest := server.REST()
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, fmt.Appendf(nil, `
apiVersion: v1
kind: Config
current-context: lab
contexts: [{name: lab, context: {cluster: lab, user: operator}}]
clusters: [{name: lab, cluster: {server: %q, certificate-authority: %q}}]
users: [{name: operator, user: {token: %q}}]
`, rest.Host, rest.CAFile, rest.BearerToken), 0o600); err != nil {
		t.Fatal(err)
	}
	certs := t.TempDir()
	if _, err := devcerts.Make(devcerts.Config{Dir: certs, Clients: []string{"root.platform", "bob.smo-alpha", "bob.smo-beta"}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(manyTenants, "platformAdmins: [root]",
		fmt.Sprintf("platformAdmins: [root], store: kubernetes, kubernetes: {kubeconfig: %q, namespace: default}", kubeconfig), 1)
	const pools = "/o2ims/v1/resourcePools"

	g := startTLS(t, certs, text)
	g.ready()
	viewer := g.as(certs, "bob.smo-alpha")
	viewer.ask("GET", pools, "", 403)
	if err := server.Apply(t.Context(), "example-tenant.yaml", "default"); err != nil {
		t.Fatal(err)
	}
	viewer.soon("the example's viewer reads", "GET", pools, 200)
	viewer.ask("POST", pools, `{"name":"edge-1"}`, 403)
	if a := g.ask("GET", admin+"/tenants/smo-alpha", "", 200); !strings.Contains(a.body, `"maxResourcePools":20`) {
		t.Errorf("the example's tenant: %s", a.body)
	}

	g.ask("POST", admin+"/tenants", `{"tenantId":"smo-beta"}`, 201)
	g.ask("POST", admin+"/tenants/smo-beta/users", `{"userId":"bob"}`, 201)
	g.ask("POST", admin+"/tenants/smo-beta/users/bob/roleBindings", `{"role":"owner"}`, 201)
	g.as(certs, "bob.smo-beta").ask("GET", pools, "", 200)
	another := startTLS(t, certs, text)
	another.ready()
	owner := another.as(certs, "bob.smo-beta")
	owner.soon("another gateway knows him", "GET", pools, 200)

	client, err := dynamic.NewForConfig(rest)
	if err != nil {
		t.Fatal(err)
	}
	bindings := client.Resource(schema.GroupVersionResource{Group: "netweave.io", Version: "v1alpha1", Resource: "tenantrolebindings"}).Namespace("default")
	if err := bindings.Delete(t.Context(), "smo-beta.bob.owner", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	owner.soon("he holds no role any more", "GET", pools, 403)
	viewer.ask("GET", pools, "", 200)
}

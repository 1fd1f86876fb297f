//go:build integration

package app

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/netweave/netweave/outbound/kube/kubetest"
	"github.com/netweave/netweave/outbound/redis/redistest"
)

// fewestInKubernetes are the requests where tenants are custom resources, which are
// slow to write.
const fewestInKubernetes = 6000

// TestIsolationKubernetes has tenants, users, roles and bindings in a real
// kube-apiserver, and all else in Redis.
func TestIsolationKubernetes(t *testing.T) {
	c := redistest.New(t, redistest.Options{})
	l := newLab(t, c)
	l.cluster = newCluster(t)
	l.fewest = fewestInKubernetes
	isolate(t, l, 2)
}

// cluster is a kube-apiserver, in which each world has a namespace of its own.
type cluster struct {
	client     *kubernetes.Clientset
	kubeconfig string
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
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
	c := &cluster{kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	if c.client, err = kubernetes.NewForConfig(rest); err != nil {
		t.Fatal(err)
	}
	file := clientcmdapi.NewConfig()
	file.Clusters["lab"] = &clientcmdapi.Cluster{Server: rest.Host, InsecureSkipTLSVerify: rest.Insecure, CertificateAuthorityData: rest.CAData, CertificateAuthority: rest.CAFile}
	file.AuthInfos["lab"] = &clientcmdapi.AuthInfo{Token: rest.BearerToken}
	file.Contexts["lab"] = &clientcmdapi.Context{Cluster: "lab", AuthInfo: "lab"}
	file.CurrentContext = "lab"
	raw, err := clientcmd.Write(*file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.kubeconfig, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// configuration is where a world's tenants are.
func (c *cluster) configuration(w *world) string {
	if c == nil {
		return ""
	}
	namespace := fmt.Sprintf("world-%d", w.lab.made)
	_, err := c.client.CoreV1().Namespaces().Create(w.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{})
	w.must(err)
	return fmt.Sprintf("store: kubernetes, kubernetes: {kubeconfig: %s, namespace: %s},", c.kubeconfig, namespace)
}

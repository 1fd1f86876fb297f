//go:build integration

package kubetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// resources are where the kinds of deploy/kubernetes are.
var resources = map[string]schema.GroupVersionResource{
	"Role":              {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"},
	"RoleBinding":       {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"},
	"Secret":            {Version: "v1", Resource: "secrets"},
	"Subscription":      ours("subscriptions"),
	"Tenant":            ours("tenants"),
	"TenantUser":        ours("tenantusers"),
	"TenantRole":        ours("tenantroles"),
	"TenantRoleBinding": ours("tenantrolebindings"),
}

func ours(plural string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "netweave.io", Version: "v1alpha1", Resource: plural}
}

var definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// Subscriptions installs deploy/kubernetes's definition of subscriptions, and
// waits until they are served.
func (s *Server) Subscriptions(ctx context.Context) error {
	return s.define(ctx, "subscriptions.netweave.io.yaml", "subscriptions")
}

// Tenancy installs those of tenants, users, roles and role bindings.
func (s *Server) Tenancy(ctx context.Context) error {
	return s.define(ctx, "tenancy.netweave.io.yaml", "tenants", "tenantusers", "tenantroles", "tenantrolebindings")
}

// define installs a file's definitions, and waits until what they define is
// served.
func (s *Server) define(ctx context.Context, file string, plurals ...string) error {
	raw, err := deployed(file)
	if err != nil {
		return err
	}
	client, err := dynamic.NewForConfig(s.REST())
	if err != nil {
		return err
	}
	for _, document := range bytes.Split(raw, []byte("\n---\n")) {
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &u.Object); err != nil {
			return err
		}
		_, err = client.Resource(definitions).Create(ctx, u, metav1.CreateOptions{FieldValidation: "Strict"})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("install %s: %w", u.GetName(), err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, plural := range plurals {
		if err := served(ctx, client, plural); err != nil {
			return err
		}
	}
	return nil
}

// Apply creates what a file of deploy/kubernetes has, in another namespace.
func (s *Server) Apply(ctx context.Context, file, namespace string) error {
	raw, err := deployed(file)
	if err != nil {
		return err
	}
	client, err := dynamic.NewForConfig(s.REST())
	if err != nil {
		return err
	}
	raw = bytes.ReplaceAll(raw, []byte("namespace: netweave"), []byte("namespace: "+namespace))
	for _, document := range bytes.Split(raw, []byte("\n---\n")) {
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &u.Object); err != nil {
			return err
		}
		at := client.Resource(resources[u.GetKind()]).Namespace(u.GetNamespace())
		if _, err := at.Create(ctx, u, metav1.CreateOptions{FieldValidation: "Strict"}); err != nil {
			return fmt.Errorf("create %s %s: %w", u.GetKind(), u.GetName(), err)
		}
	}
	return nil
}

// deployed reads a file of deploy/kubernetes.
func deployed(file string) ([]byte, error) {
	_, here, _, _ := runtime.Caller(0)
	return os.ReadFile(filepath.Join(filepath.Dir(here), "..", "..", "..", "deploy", "kubernetes", file))
}

// served waits until a custom resource is.
func served(ctx context.Context, client dynamic.Interface, plural string) error {
	for {
		_, err := client.Resource(ours(plural)).List(ctx, metav1.ListOptions{})
		if err == nil {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s are not served: %w", plural, err)
		}
	}
}

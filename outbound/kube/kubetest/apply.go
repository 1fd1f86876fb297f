//go:build integration

package kubetest

import (
	"context"
	"errors"
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

var (
	definitions   = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	subscriptions = schema.GroupVersionResource{Group: "netweave.io", Version: "v1alpha1", Resource: "subscriptions"}
)

// Subscriptions installs deploy/kubernetes's definition of subscriptions, and
// waits until they are served.
func (s *Server) Subscriptions(ctx context.Context) error {
	_, here, _, _ := runtime.Caller(0)
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(here), "..", "..", "..", "deploy", "kubernetes", "subscriptions.netweave.io.yaml"))
	if err != nil {
		return err
	}
	object := map[string]any{}
	if err := yaml.Unmarshal(raw, &object); err != nil {
		return err
	}
	client, err := dynamic.NewForConfig(s.REST())
	if err != nil {
		return err
	}
	_, err = client.Resource(definitions).Create(ctx, &unstructured.Unstructured{Object: object}, metav1.CreateOptions{FieldValidation: "Strict"})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("install the definition of subscriptions: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		_, err := client.Resource(subscriptions).List(ctx, metav1.ListOptions{})
		if err == nil {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(errors.New("subscriptions are not served"), err)
		}
	}
}

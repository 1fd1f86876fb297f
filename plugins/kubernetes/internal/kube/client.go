// Package kube speaks to the Kubernetes API: clients, what is served and
// allowed, lists and watches that feed an inventory, and errors in the sdk's
// terms.
//
// Core types travel as protobuf and are cut down to slim parts one by one; the
// machine APIs, whose Go modules are not all to be had, go through the dynamic
// client, but for lists of Machines, which are read as they stream in.
package kube

import (
	"context"
	"fmt"
	"net/http"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
)

// Client is a connection to one cluster. It is safe for concurrent use.
type Client struct {
	// Endpoint is the API's URL, ClusterName what the kubeconfig calls it.
	Endpoint, ClusterName string

	core, storage, policy, authorization *rest.RESTClient
	// raw is for paths without a group.
	raw     *rest.RESTClient
	dynamic dynamic.Interface
	// metadata reads what all objects have, of any kind.
	metadata metadata.Interface
	http     *http.Client
}

// Close lets go of connections that no request uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// scheme holds the types that travel as protobuf, and no others: all of
// Kubernetes would cost the process 20 MB.
var scheme = runtime.NewScheme()

var (
	codecs         = serializer.NewCodecFactory(scheme)
	parameterCodec = runtime.NewParameterCodec(scheme)
)

func init() {
	for _, register := range []func(*runtime.Scheme) error{corev1.AddToScheme, storagev1.AddToScheme, policyv1.AddToScheme, authorizationv1.AddToScheme} {
		utilruntime.Must(register(scheme))
	}
}

const (
	protobuf = "application/vnd.kubernetes.protobuf"
	// userAgent is what the cluster's audit log shows.
	userAgent = "netweave-kubernetes"
)

// Load reads the client configuration that cfg names.
func Load(cfg config.Config) (*rest.Config, string, error) {
	if cfg.Kubeconfig == "" {
		restConfig, err := rest.InClusterConfig()
		if err != nil {
			return nil, "", fmt.Errorf("kubeconfig: none is named and this is no pod with a ServiceAccount: set kubeconfig (%w)", err)
		}
		return restConfig, "", nil
	}
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		&clientcmd.ClientConfigLoadingRules{ExplicitPath: cfg.Kubeconfig},
		&clientcmd.ConfigOverrides{CurrentContext: cfg.Context})
	restConfig, err := loader.ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("kubeconfig: %w", err)
	}
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, "", fmt.Errorf("kubeconfig: %w", err)
	}
	name := ""
	if current, ok := raw.Contexts[orElse(cfg.Context, raw.CurrentContext)]; ok {
		name = current.Cluster
	}
	return restConfig, name, nil
}

func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// NewClient makes the clients. It sends nothing yet.
func NewClient(restConfig *rest.Config, clusterName string, cfg config.Config) (*Client, error) {
	base := rest.CopyConfig(restConfig)
	base.QPS, base.Burst = cfg.QPS, cfg.Burst
	base.UserAgent = userAgent
	// A server takes as long to compress a list as to make it, and never does it
	// to the streams that most of what is read here comes in.
	base.DisableCompression = true
	httpClient, err := rest.HTTPClientFor(base)
	if err != nil {
		return nil, err
	}
	c := &Client{http: httpClient, Endpoint: base.Host, ClusterName: orElse(cfg.ClusterName, orElse(clusterName, "kubernetes"))}
	for _, typed := range []struct {
		client **rest.RESTClient
		gv     schema.GroupVersion
	}{
		{&c.core, corev1.SchemeGroupVersion}, {&c.storage, storagev1.SchemeGroupVersion},
		{&c.policy, policyv1.SchemeGroupVersion}, {&c.authorization, authorizationv1.SchemeGroupVersion},
	} {
		if *typed.client, err = typedClient(base, typed.gv, httpClient); err != nil {
			return nil, err
		}
	}
	plain := rest.CopyConfig(base)
	plain.APIPath, plain.GroupVersion = "/", &schema.GroupVersion{}
	plain.NegotiatedSerializer = codecs.WithoutConversion()
	if c.raw, err = rest.RESTClientForConfigAndClient(plain, httpClient); err != nil {
		return nil, err
	}
	if c.dynamic, err = dynamic.NewForConfigAndClient(rest.CopyConfig(base), httpClient); err != nil {
		return nil, err
	}
	if c.metadata, err = metadata.NewForConfigAndClient(metadata.ConfigFor(base), httpClient); err != nil {
		return nil, err
	}
	return c, nil
}

func typedClient(base *rest.Config, gv schema.GroupVersion, httpClient *http.Client) (*rest.RESTClient, error) {
	cfg := rest.CopyConfig(base)
	cfg.GroupVersion = &gv
	cfg.APIPath = "/apis"
	if gv.Group == "" {
		cfg.APIPath = "/api"
	}
	cfg.NegotiatedSerializer = codecs.WithoutConversion()
	cfg.ContentType = protobuf
	cfg.AcceptContentTypes = protobuf + ",application/json"
	return rest.RESTClientForConfigAndClient(cfg, httpClient)
}

// Resource returns the dynamic client of one resource in a namespace, "" for all.
func (c *Client) Resource(r schema.GroupVersionResource, namespace string) dynamic.ResourceInterface {
	if namespace == "" {
		return c.dynamic.Resource(r)
	}
	return c.dynamic.Resource(r).Namespace(namespace)
}

// Ready asks the API server whether it is. A server that does not tell
// strangers counts as ready if it answers at all.
func (c *Client) Ready(ctx context.Context) error {
	err := c.raw.Get().AbsPath("/readyz").Do(ctx).Error()
	if refused(err) || isNotFound(err) {
		return nil
	}
	return err
}

// ServerVersion is what /version says.
type ServerVersion struct {
	GitVersion string `json:"gitVersion"`
	Platform   string `json:"platform"`
}

// Node reads one Node.
func (c *Client) Node(ctx context.Context, name string) (*corev1.Node, error) {
	node := &corev1.Node{}
	return node, c.core.Get().Resource("nodes").Name(name).Do(ctx).Into(node)
}

// UpdateNode writes a Node that was read before.
func (c *Client) UpdateNode(ctx context.Context, node *corev1.Node) error {
	return c.core.Put().Resource("nodes").Name(node.Name).Body(node).Do(ctx).Error()
}

// PodsOn lists the pods of a Node.
func (c *Client) PodsOn(ctx context.Context, node string) ([]corev1.Pod, error) {
	pods := &corev1.PodList{}
	opts := metav1.ListOptions{FieldSelector: "spec.nodeName=" + node}
	err := c.core.Get().Resource("pods").VersionedParams(&opts, parameterCodec).Do(ctx).Into(pods)
	return pods.Items, err
}

// Evict asks for the pod's eviction. Too many requests means that a
// PodDisruptionBudget forbids it for now.
func (c *Client) Evict(ctx context.Context, pod *corev1.Pod, gracePeriodSeconds *int64) error {
	eviction := &policyv1.Eviction{
		ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace},
		// The pod that was seen, not one of the same name that came after it.
		DeleteOptions: &metav1.DeleteOptions{
			GracePeriodSeconds: gracePeriodSeconds,
			Preconditions:      &metav1.Preconditions{UID: &pod.UID},
		},
	}
	// The request would wait out a Retry-After by itself; here the caller does.
	return c.core.Post().MaxRetries(0).Namespace(pod.Namespace).Resource("pods").Name(pod.Name).SubResource("eviction").Body(eviction).Do(ctx).Error()
}

// idTimeout bounds the calls that find out what the cluster is.
const idTimeout = 10 * time.Second

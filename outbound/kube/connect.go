package kube

import (
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/dynamic"
	coordinationv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Config says which kube-apiserver is used, and as whom.
type Config struct {
	// Kubeconfig is a file; "" is the service account of the pod that this runs in.
	Kubeconfig string
	// Namespace holds everything that the package makes. Mandatory.
	Namespace string
	// UserAgent names the program to kube-apiserver; "netweave" if "".
	UserAgent string
}

// Client is a connection to kube-apiserver, for any number of elections and
// stores. It holds nothing that must be closed.
type Client struct {
	namespace string
	dynamic   dynamic.Interface
	leases    coordinationv1.LeaseInterface
	getLeases coordinationv1.LeasesGetter
	secrets   corev1.SecretInterface
}

// Connect reads the configuration. It does not call kube-apiserver.
func Connect(cfg Config) (*Client, error) {
	if cfg.Namespace == "" {
		return nil, errors.New("kubernetes: the namespace must be named")
	}
	restConfig, err := load(cfg.Kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("kubernetes: %w", err)
	}
	restConfig.UserAgent = cfg.UserAgent
	if restConfig.UserAgent == "" {
		restConfig.UserAgent = "netweave"
	}
	return ConnectTo(restConfig, cfg.Namespace)
}

func load(kubeconfig string) (*rest.Config, error) {
	if kubeconfig == "" {
		restConfig, err := rest.InClusterConfig()
		if errors.Is(err, rest.ErrNotInCluster) {
			return nil, errors.New("this is no pod, so that a kubeconfig must be named")
		}
		return restConfig, err
	}
	restConfig, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig %s: %w", kubeconfig, err)
	}
	return restConfig, nil
}

// Rates of requests to kube-apiserver, a second. The election has its own, so
// that no burst of others delays a renewal.
const (
	storeQPS, storeBurst       = 200, 400
	electionQPS, electionBurst = 20, 40
)

// requestTimeout bounds one request whose caller set no deadline.
const requestTimeout = 30 * time.Second

// ConnectTo is Connect with a configuration of client-go's.
func ConnectTo(cfg *rest.Config, namespace string) (*Client, error) {
	c := &Client{namespace: namespace}
	store := rest.CopyConfig(cfg)
	store.QPS, store.Burst, store.Timeout = storeQPS, storeBurst, requestTimeout
	election := rest.CopyConfig(cfg)
	election.QPS, election.Burst, election.Timeout = electionQPS, electionBurst, requestTimeout
	var err error
	if c.dynamic, err = dynamic.NewForConfig(store); err != nil {
		return nil, fmt.Errorf("kubernetes: %w", err)
	}
	core, err := corev1.NewForConfig(store)
	if err != nil {
		return nil, fmt.Errorf("kubernetes: %w", err)
	}
	c.secrets = core.Secrets(namespace)
	claims, err := coordinationv1.NewForConfig(store)
	if err != nil {
		return nil, fmt.Errorf("kubernetes: %w", err)
	}
	c.leases = claims.Leases(namespace)
	if c.getLeases, err = coordinationv1.NewForConfig(election); err != nil {
		return nil, fmt.Errorf("kubernetes: %w", err)
	}
	return c, nil
}

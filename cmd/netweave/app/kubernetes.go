package app

import (
	"fmt"
	"log/slog"

	"k8s.io/klog/v2"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/outbound/kube"
)

// useKubernetes replaces what is to be kept in Kubernetes.
func (s *stores) useKubernetes(c *config.Config, log *slog.Logger) error {
	if c.Leadership.Type == config.InKubernetes {
		klog.SetSlogLogger(log)
		lease := c.Leadership.Kubernetes
		client, err := kube.Connect(kube.Config{Kubeconfig: lease.Kubeconfig, Namespace: lease.Namespace})
		if err != nil {
			return fmt.Errorf("leadership.kubernetes: %w", err)
		}
		if s.election, err = client.NewElection(kube.ElectionConfig{Name: lease.Name, LeaseDuration: c.Leadership.LeaseDuration}, log); err != nil {
			return fmt.Errorf("leadership.kubernetes: %w", err)
		}
	}
	return nil
}

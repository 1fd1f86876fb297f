package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"

	"k8s.io/klog/v2"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/kube"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// useKubernetes replaces what is to be kept in Kubernetes.
func (s *stores) useKubernetes(c *config.Config, log *slog.Logger) error {
	klog.SetSlogLogger(log)
	if c.Leadership.Type == config.InKubernetes {
		lease := c.Leadership.Kubernetes
		client, err := kube.Connect(kube.Config{Kubeconfig: lease.Kubeconfig, Namespace: lease.Namespace})
		if err != nil {
			return fmt.Errorf("leadership.kubernetes: %w", err)
		}
		candidate, err := client.NewElection(kube.ElectionConfig{Name: lease.Name, LeaseDuration: c.Leadership.LeaseDuration}, log)
		if err != nil {
			return fmt.Errorf("leadership.kubernetes: %w", err)
		}
		s.election = candidate
	}
	if c.Subscriptions.Store == config.InKubernetes {
		k := c.Subscriptions.Kubernetes
		client, err := kube.Connect(kube.Config{Kubeconfig: k.Kubeconfig, Namespace: k.Namespace})
		if err != nil {
			return fmt.Errorf("subscriptions.kubernetes: %w", err)
		}
		kept := client.NewSubscriptions(kube.SubscriptionsConfig{
			Admit: admit(families(c)), Announce: c.Role.Controls(),
		}, epochs{log: s.log, own: s.subscriptions}, log)
		s.subscriptions, s.aside = kept, append(s.aside, task{"following the subscriptions in Kubernetes", kept.Run})
	}
	if c.Tenancy.Enabled && c.Tenancy.Store == config.InKubernetes {
		k := c.Tenancy.Kubernetes
		client, err := kube.Connect(kube.Config{Kubeconfig: k.Kubeconfig, Namespace: k.Namespace})
		if err != nil {
			return fmt.Errorf("tenancy.kubernetes: %w", err)
		}
		kept := client.NewTenancy(log)
		s.tenancy, s.aside = kept, append(s.aside, task{"following the tenants in Kubernetes", kept.Run})
	}
	return nil
}

// epochs is the epoch of the store that has the queues.
type epochs struct {
	log eventlog.Log
	own subscriptionstore.Store
}

// Epoch returns the one in force.
func (e epochs) Epoch(ctx context.Context) (store.Token, error) {
	_, epoch, err := e.own.All(ctx) // the store has no subscriptions of its own
	return epoch, err
}

// RenewEpoch makes it a new one.
func (e epochs) RenewEpoch(ctx context.Context) error { return e.log.RenewEpoch(ctx) }

// admit judges subscriptions that were applied with kubectl, which nothing else
// has looked at. Whether notifications may go to their callback is found out when
// they are sent.
func admit(families []subscription.Family) func(*o2.Subscription) error {
	return func(s *o2.Subscription) error {
		for _, f := range families {
			if f.Surface != s.Surface {
				continue
			}
			selection, err := f.Compile(s.Filter)
			if err != nil {
				return err // it names the filter
			}
			u, err := url.Parse(s.Callback)
			if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
				return errors.New("callback: must be an https URL without user name and password")
			}
			s.Filter = selection.Text
			return nil
		}
		return fmt.Errorf("surface: %q is not served", s.Surface)
	}
}

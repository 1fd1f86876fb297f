//go:build integration

package kube

import (
	"context"
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/netweave/netweave/ports/subscriptionstore"
)

// TestTheRoleIsEnough applies deploy/kubernetes as it is and does everything as
// its service account.
func TestTheRoleIsEnough(t *testing.T) {
	ctx := t.Context()
	if err := server.Subscriptions(ctx); err != nil {
		t.Fatal(err)
	}
	admin := connect(t)
	for _, file := range []string{"role.yaml", "example-subscription.yaml"} {
		if err := server.Apply(ctx, file, admin.namespace); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	account := server.REST()
	account.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + admin.namespace + ":netweave"}
	c, err := ConnectTo(account, admin.namespace)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := open(t, c, SubscriptionsConfig{})
	acceptance(t, s, "smo", "True", "Notifications are sent.")
	one := sample(1)
	if _, err := s.Create(ctx, one, subscriptionstore.Limits{}); err != nil {
		t.Fatal(err)
	}
	changed := *one
	changed.Version, changed.Callback, changed.Secret = 2, "https://elsewhere.example.com", "another"
	if err := s.Update(ctx, &changed); err != nil {
		t.Fatal(err)
	}
	all, _, err := s.All(ctx)
	if err != nil || len(all) != 2 {
		t.Errorf("there are %d (%v), want the example and another", len(all), err)
	}
	if err := s.Delete(ctx, one.ID); err != nil {
		t.Fatal(err)
	}
	secrets, err := admin.secrets.List(ctx, metav1.ListOptions{LabelSelector: secretLabel})
	if err != nil || len(secrets.Items) != 0 {
		t.Errorf("%d Secrets are left (%v)", len(secrets.Items), err)
	}
	claims, err := admin.leases.List(ctx, metav1.ListOptions{})
	if err != nil || len(claims.Items) != 0 {
		t.Errorf("%d claims are left (%v)", len(claims.Items), err)
	}
	e, err := c.NewElection(ElectionConfig{Name: "leader"}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := e.Campaign(ctx, func(context.Context) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("it does not come to lead: %v", err)
	}
}

package kube

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/netweave/netweave/core/o2"
)

// secretKey is where the gateway keeps a secret within its Secret.
const secretKey = "secret"

// newSecretRef names a Secret that is nobody's yet, so that two who write a
// subscription at once do not write each other's; nil for no secret.
func newSecretRef(s *o2.Subscription) *secretRef {
	if s.Secret == "" {
		return nil
	}
	return &secretRef{Name: "netweave-" + string(s.ID) + "-" + strings.ToLower(rand.Text()[:8]), Key: secretKey}
}

// putSecret makes the Secret that ref names, which goes when owner does.
func (s *Subscriptions) putSecret(ctx context.Context, owner *resource, ref *secretRef, secret o2.Secret) error {
	_, err := s.client.secrets.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Name:   ref.Name,
			Labels: map[string]string{secretLabel: string(owner.id())},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: apiVersion, Kind: kind, Name: owner.Name, UID: owner.UID,
			}},
		},
		Data: map[string][]byte{ref.Key: []byte(secret.Reveal())},
	}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return unavailable("store a subscription's secret", err)
	}
	return nil
}

// dropSecret removes a Secret that the gateway made; any other stays.
func (s *Subscriptions) dropSecret(ctx context.Context, id o2.ID, ref *secretRef) {
	if ref == nil || !strings.HasPrefix(ref.Name, "netweave-"+string(id)+"-") {
		return
	}
	if err := s.client.secrets.Delete(ctx, ref.Name, metav1.DeleteOptions{}); err != nil && !notFound(err) {
		s.log.Warn("the Secret of a former subscription could not be removed", "secret", ref.Name, "error", err)
	}
}

// missing is the error of a secretRef that leads nowhere.
type missing struct{ ref secretRef }

func (m *missing) Error() string {
	return fmt.Sprintf("there is no Secret %q with the key %q", m.ref.Name, m.ref.Key)
}

// secretOf reads a subscription's secret and the version of the Secret that it
// is in. *missing if there is none.
func (s *Subscriptions) secretOf(ctx context.Context, ref *secretRef) (o2.Secret, string, error) {
	if ref == nil {
		return "", "", nil
	}
	found, err := s.client.secrets.Get(ctx, ref.Name, metav1.GetOptions{})
	if notFound(err) {
		return "", "", &missing{*ref}
	}
	if err != nil {
		return "", "", unavailable("read a subscription's secret", err)
	}
	text, ok := found.Data[ref.Key]
	if !ok || len(text) == 0 {
		return "", "", &missing{*ref}
	}
	return o2.Secret(text), found.ResourceVersion, nil
}

// ownSecrets returns all secrets that the gateway made, by their Secrets' names.
func (s *Subscriptions) ownSecrets(ctx context.Context) (map[string]o2.Secret, error) {
	all := map[string]o2.Secret{}
	options := metav1.ListOptions{LabelSelector: secretLabel, Limit: pageSize}
	for {
		page, err := s.client.secrets.List(ctx, options)
		if err != nil {
			return nil, unavailable("list subscriptions' secrets", err)
		}
		for i := range page.Items {
			all[page.Items[i].Name] = o2.Secret(page.Items[i].Data[secretKey])
		}
		if options.Continue = page.Continue; options.Continue == "" {
			return all, nil
		}
	}
}

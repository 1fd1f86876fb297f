package kube

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/netweave/netweave/core/o2"
)

// subscriptionsResource is where the custom resources are.
var subscriptionsResource = schema.GroupVersionResource{Group: "netweave.io", Version: "v1alpha1", Resource: "subscriptions"}

const (
	apiVersion = "netweave.io/v1alpha1"
	kind       = "Subscription"
	// unconfirmed is the annotation of what the gateway created and did not get to
	// confirm.
	unconfirmed = "netweave.io/unconfirmed"
	// secretLabel marks the Secrets that the gateway made.
	secretLabel = "netweave.io/subscription"
	// defaultSurface is that of an object that names none.
	defaultSurface = "o2ims/v1"
)

// resource is a Subscription of netweave.io/v1alpha1.
type resource struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              spec   `json:"spec"`
	Status            status `json:"status,omitzero"`
}

type spec struct {
	Callback               string     `json:"callback"`
	ConsumerSubscriptionID string     `json:"consumerSubscriptionId,omitempty"`
	Filter                 string     `json:"filter,omitempty"`
	Surface                string     `json:"surface,omitempty"`
	Tenant                 *string    `json:"tenant,omitempty"`
	Platform               bool       `json:"platform,omitempty"`
	Reaches                reaches    `json:"reaches,omitempty"`
	InitialState           bool       `json:"initialState,omitempty"`
	SecretRef              *secretRef `json:"secretRef,omitempty"`
	Owner                  string     `json:"owner,omitempty"`
	Revision               int64      `json:"revision,omitempty"`
	CreatedAt              *time.Time `json:"createdAt,omitempty"`
	UpdatedAt              *time.Time `json:"updatedAt,omitempty"`
}

type secretRef struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

type status struct {
	SecretVersion string             `json:"secretVersion,omitempty"`
	Conditions    []metav1.Condition `json:"conditions,omitempty"`
}

// id is the subscription's: the object's name if that is a UUID, as for those
// that the gateway made, else its uid.
func (r *resource) id() o2.ID {
	if id, ok := o2.ParseID(r.Name); ok {
		return id
	}
	id, _ := o2.ParseID(string(r.UID))
	return id
}

// ours reports whether the gateway wrote the spec last.
func (r *resource) ours() bool { return r.Spec.Revision == r.Generation }

// subscription is r without its secret. What the gateway did not write gets
// what it leaves out.
func (r *resource) subscription(tenant string) *o2.Subscription {
	s := &o2.Subscription{
		ID: r.id(), Platform: r.Spec.Platform, Reaches: r.Spec.Reaches.all(), Owner: r.Spec.Owner, Surface: r.Spec.Surface,
		Callback: r.Spec.Callback, ConsumerSubscriptionID: r.Spec.ConsumerSubscriptionID, Filter: r.Spec.Filter,
		InitialState: r.Spec.InitialState, Version: uint64(r.Generation),
		CreatedAt: r.CreationTimestamp.UTC(), UpdatedAt: r.CreationTimestamp.UTC(),
	}
	if s.Tenant = tenant; r.Spec.Tenant != nil {
		s.Tenant = *r.Spec.Tenant
	}
	if s.Surface == "" {
		s.Surface = defaultSurface
	}
	if r.Spec.CreatedAt != nil {
		s.CreatedAt = r.Spec.CreatedAt.UTC()
	}
	switch {
	case r.ours() && r.Spec.UpdatedAt != nil:
		s.UpdatedAt = r.Spec.UpdatedAt.UTC()
	case !r.ours():
		for _, m := range r.ManagedFields {
			if m.Subresource == "" && m.Time != nil && m.Time.After(s.UpdatedAt) {
				s.UpdatedAt = m.Time.UTC()
			}
		}
	}
	return s
}

// fill writes s into the spec; the secret's place is given.
func (r *resource) fill(s *o2.Subscription, ref *secretRef) {
	tenant, created, updated := s.Tenant, s.CreatedAt.UTC(), s.UpdatedAt.UTC()
	r.Spec = spec{
		Callback: s.Callback, ConsumerSubscriptionID: s.ConsumerSubscriptionID, Filter: s.Filter, Surface: s.Surface,
		Tenant: &tenant, Platform: s.Platform, Reaches: reachesOf(s.Reaches), InitialState: s.InitialState, SecretRef: ref, Owner: s.Owner,
		Revision: int64(s.Version), CreatedAt: &created, UpdatedAt: &updated,
	}
}

// fresh is the object of a new subscription.
func fresh(s *o2.Subscription, ref *secretRef) *resource {
	r := &resource{
		TypeMeta:   metav1.TypeMeta{APIVersion: apiVersion, Kind: kind},
		ObjectMeta: metav1.ObjectMeta{Name: string(s.ID), Annotations: map[string]string{unconfirmed: "true"}},
	}
	r.fill(s, ref)
	return r
}

func (r *resource) encode() (*unstructured.Unstructured, error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode subscription %s: %w", r.Name, err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(raw); err != nil {
		return nil, fmt.Errorf("encode subscription %s: %w", r.Name, err)
	}
	return u, nil
}

func decode(u *unstructured.Unstructured) (*resource, error) {
	raw, err := u.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("read subscription %s: %w", u.GetName(), err)
	}
	r := &resource{}
	if err := json.Unmarshal(raw, r); err != nil {
		return nil, fmt.Errorf("read subscription %s: %w", u.GetName(), err)
	}
	return r, nil
}

// claimName is the name of the Lease that keeps a likeness for one subscription.
func claimName(likeness string) string { return "netweave-like-" + strings.ToLower(likeness) }

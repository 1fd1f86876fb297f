package kube

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/netweave/netweave/core/o2"
)

func TestAnObjectOfOursComesBackWhole(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 123_000_000, time.UTC)
	want := o2.Subscription{
		ID: "6f1f2f6f-0b8a-4e0c-95f4-5ce393a83f10", Tenant: "a\x00é", Platform: true, Owner: "someone", Surface: "o2ims/v2",
		Reaches:  o2.Reaches{o2.KindResource: o2.ReachTenant | o2.ReachShared, o2.KindResourceType: o2.ReachAll},
		Callback: "https://smo.example.com/", ConsumerSubscriptionID: "c", Filter: "(eq,name,é)", InitialState: true,
		Version: 7, CreatedAt: at, UpdatedAt: at.Add(time.Hour),
	}
	u, err := fresh(&want, &secretRef{Name: "n", Key: "k"}).encode()
	if err != nil {
		t.Fatal(err)
	}
	u.SetGeneration(7)
	r, err := decode(u)
	if err != nil {
		t.Fatal(err)
	}
	if !r.ours() || *r.Spec.SecretRef != (secretRef{Name: "n", Key: "k"}) {
		t.Errorf("it comes back as %+v", r)
	}
	if got := r.subscription("default"); *got != want {
		t.Errorf("got %+v, want %+v", *got, want)
	}
}

func TestWhatAnObjectLeavesOut(t *testing.T) {
	at := metav1.NewTime(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	later := metav1.NewTime(at.Add(time.Minute))
	r := &resource{
		ObjectMeta: metav1.ObjectMeta{
			Name: "smo", UID: "6F1F2F6F-0b8a-4e0c-95f4-5ce393a83f10", Generation: 3, CreationTimestamp: at,
			ManagedFields: []metav1.ManagedFieldsEntry{
				{Time: &at}, {Time: &later}, {Time: &metav1.Time{Time: later.Add(time.Hour)}, Subresource: "status"},
			},
		},
		Spec: spec{Callback: "https://smo.example.com/"},
	}
	want := o2.Subscription{
		ID: "6f1f2f6f-0b8a-4e0c-95f4-5ce393a83f10", Tenant: "default", Surface: "o2ims/v1", Callback: "https://smo.example.com/",
		Version: 3, CreatedAt: at.Time, UpdatedAt: later.Time,
	}
	if got := r.subscription("default"); *got != want {
		t.Errorf("got %+v, want %+v", *got, want)
	}
	empty := ""
	if r.Spec.Tenant = &empty; r.subscription("default").Tenant != "" {
		t.Error("a tenant that is named, with no name, is another")
	}
	r.Name = "0b8a7e0c-55f4-4ce3-93a8-3f1f2f6f2f10"
	if got := r.id(); got != o2.ID(r.Name) {
		t.Errorf("named by a UUID, its id is %s", got)
	}
}

func TestImpostors(t *testing.T) {
	const uid = "6f1f2f6f-0b8a-4e0c-95f4-5ce393a83f10"
	true1 := &resource{ObjectMeta: metav1.ObjectMeta{Name: "smo", UID: uid}}
	false1 := &resource{ObjectMeta: metav1.ObjectMeta{Name: uid, UID: "other"}}
	if got := unique([]*resource{false1, true1}); len(got) != 1 || got[0] != true1 {
		t.Errorf("%d are left", len(got))
	}
}

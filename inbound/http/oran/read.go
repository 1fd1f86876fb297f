package oran

import (
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/nouns"
)

// ListResourceTypes answers with one page of resource types.
func (i *Inventory) ListResourceTypes(w http.ResponseWriter, r *http.Request) {
	i.Reading.List(w, r, i.Types[o2.KindResourceType])
}

// GetResourceType answers with one resource type.
func (i *Inventory) GetResourceType(w http.ResponseWriter, r *http.Request, id string) {
	i.Reading.Get(w, r, i.Types[o2.KindResourceType], id)
}

// ListResourcePools answers with one page of pools.
func (i *Inventory) ListResourcePools(w http.ResponseWriter, r *http.Request) {
	i.Reading.List(w, r, i.Types[o2.KindResourcePool])
}

// GetResourcePool answers with one pool.
func (i *Inventory) GetResourcePool(w http.ResponseWriter, r *http.Request, id string) {
	i.Reading.Get(w, r, i.Types[o2.KindResourcePool], id)
}

// ListResources answers with one page of a pool's resources.
func (i *Inventory) ListResources(w http.ResponseWriter, r *http.Request, poolID string) {
	i.Reading.ListWithin(w, r, i.Types[o2.KindResource], "resourcePoolId", i.Types[o2.KindResourcePool], poolID)
}

// GetResource answers with one resource of a pool.
func (i *Inventory) GetResource(w http.ResponseWriter, r *http.Request, poolID, id string) {
	i.Reading.GetWithin(w, r, i.Types[o2.KindResource], id, i.Types[o2.KindResourcePool], poolID, func(o o2.Object) o2.ID {
		return nouns.As[*o2.Resource](o).ResourcePoolID
	})
}

// ListDeploymentManagers answers with one page of deployment managers.
func (i *Inventory) ListDeploymentManagers(w http.ResponseWriter, r *http.Request) {
	i.Reading.List(w, r, i.Types[o2.KindDeploymentManager])
}

// GetDeploymentManager answers with one deployment manager.
func (i *Inventory) GetDeploymentManager(w http.ResponseWriter, r *http.Request, id string) {
	i.Reading.Get(w, r, i.Types[o2.KindDeploymentManager], id)
}

// ListSubscriptions answers with one page of the caller's subscriptions.
func (i *Inventory) ListSubscriptions(w http.ResponseWriter, r *http.Request) {
	i.subscriptions.List(w, r)
}

// GetSubscription answers with one subscription.
func (i *Inventory) GetSubscription(w http.ResponseWriter, r *http.Request, id string) {
	i.subscriptions.Get(w, r, id)
}

// CreateSubscription subscribes.
func (i *Inventory) CreateSubscription(w http.ResponseWriter, r *http.Request) {
	i.subscriptions.Create(w, r)
}

// DeleteSubscription ends a subscription.
func (i *Inventory) DeleteSubscription(w http.ResponseWriter, r *http.Request, id string) {
	i.subscriptions.Delete(w, r, id)
}

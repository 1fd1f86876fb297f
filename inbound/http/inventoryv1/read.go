package inventoryv1

import (
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/oran"
	"github.com/netweave/netweave/inbound/http/reading"
)

// GetApiVersions answers with all versions of the API.
func (a *API) GetApiVersions(w http.ResponseWriter, r *http.Request) {
	oran.AnswerVersions(a.reading, w, r, Prefix, a.versions...)
}

// GetMinorVersions answers with the minor versions of this major one.
func (a *API) GetMinorVersions(w http.ResponseWriter, r *http.Request) {
	oran.AnswerVersions(a.reading, w, r, Base, Version)
}

// GetOCloudInfo answers with what the O-Cloud is.
func (a *API) GetOCloudInfo(w http.ResponseWriter, r *http.Request) {
	selector, byDefault, err := a.reading.ParseObject(r, clouds.Schema)
	if err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	cloud := oran.CloudOf(a.clouds.Info(), a.reading.ExternalURL(), r)
	reading.AnswerOne(a.reading, w, r, clouds, cloud, selector, byDefault)
}

// ListResourceTypes answers with one page of resource types.
func (a *API) ListResourceTypes(w http.ResponseWriter, r *http.Request) {
	a.reading.List(w, r, a.types[o2.KindResourceType])
}

// GetResourceType answers with one resource type.
func (a *API) GetResourceType(w http.ResponseWriter, r *http.Request, id string) {
	a.reading.Get(w, r, a.types[o2.KindResourceType], id)
}

// ListResourcePools answers with one page of pools.
func (a *API) ListResourcePools(w http.ResponseWriter, r *http.Request) {
	a.reading.List(w, r, a.types[o2.KindResourcePool])
}

// GetResourcePool answers with one pool.
func (a *API) GetResourcePool(w http.ResponseWriter, r *http.Request, id string) {
	a.reading.Get(w, r, a.types[o2.KindResourcePool], id)
}

// ListResources answers with one page of a pool's resources.
func (a *API) ListResources(w http.ResponseWriter, r *http.Request, poolID string) {
	a.reading.ListWithin(w, r, a.types[o2.KindResource], "resourcePoolId", a.types[o2.KindResourcePool], poolID)
}

// GetResource answers with one resource of a pool.
func (a *API) GetResource(w http.ResponseWriter, r *http.Request, poolID, id string) {
	a.reading.GetWithin(w, r, a.types[o2.KindResource], id, a.types[o2.KindResourcePool], poolID, oran.PoolOf)
}

// ListDeploymentManagers answers with one page of deployment managers.
func (a *API) ListDeploymentManagers(w http.ResponseWriter, r *http.Request) {
	a.reading.List(w, r, a.types[o2.KindDeploymentManager])
}

// GetDeploymentManager answers with one deployment manager.
func (a *API) GetDeploymentManager(w http.ResponseWriter, r *http.Request, id string) {
	a.reading.Get(w, r, a.types[o2.KindDeploymentManager], id)
}

// ListSubscriptions answers with one page of the caller's subscriptions.
func (a *API) ListSubscriptions(w http.ResponseWriter, r *http.Request) { a.subscriptions.List(w, r) }

// GetSubscription answers with one subscription.
func (a *API) GetSubscription(w http.ResponseWriter, r *http.Request, id string) {
	a.subscriptions.Get(w, r, id)
}

// CreateSubscription subscribes.
func (a *API) CreateSubscription(w http.ResponseWriter, r *http.Request) {
	a.subscriptions.Create(w, r)
}

// DeleteSubscription ends a subscription: 200 and no body.
func (a *API) DeleteSubscription(w http.ResponseWriter, r *http.Request, id string) {
	a.subscriptions.Delete(w, r, id)
}

package o2ims

import (
	"net/http"

	"github.com/netweave/netweave/core/o2"
)

// ListDeploymentManagers answers with one page of deployment managers.
func (a *API) ListDeploymentManagers(w http.ResponseWriter, r *http.Request) {
	a.reading.List(w, r, a.types[o2.KindDeploymentManager])
}

// GetDeploymentManager answers with one deployment manager.
func (a *API) GetDeploymentManager(w http.ResponseWriter, r *http.Request, id string) {
	a.reading.Get(w, r, a.types[o2.KindDeploymentManager], id)
}

// ListResourcePools answers with one page of pools.
func (a *API) ListResourcePools(w http.ResponseWriter, r *http.Request) {
	a.reading.List(w, r, a.types[o2.KindResourcePool])
}

// GetResourcePool answers with one pool.
func (a *API) GetResourcePool(w http.ResponseWriter, r *http.Request, id string) {
	a.reading.Get(w, r, a.types[o2.KindResourcePool], id)
}

// ListPoolResources answers with one page of a pool's resources, or 404 if the
// caller sees no such pool.
func (a *API) ListPoolResources(w http.ResponseWriter, r *http.Request, poolID string) {
	a.reading.ListWithin(w, r, a.types[o2.KindResource], "resourcePoolId", a.types[o2.KindResourcePool], poolID)
}

// ListResources answers with one page of resources.
func (a *API) ListResources(w http.ResponseWriter, r *http.Request) {
	a.reading.List(w, r, a.types[o2.KindResource])
}

// GetResource answers with one resource.
func (a *API) GetResource(w http.ResponseWriter, r *http.Request, id string) {
	a.reading.Get(w, r, a.types[o2.KindResource], id)
}

// ListResourceTypes answers with one page of resource types.
func (a *API) ListResourceTypes(w http.ResponseWriter, r *http.Request) {
	a.reading.List(w, r, a.types[o2.KindResourceType])
}

// GetResourceType answers with one resource type.
func (a *API) GetResourceType(w http.ResponseWriter, r *http.Request, id string) {
	a.reading.Get(w, r, a.types[o2.KindResourceType], id)
}

package o2imsv1

import (
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/conditional"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/request"
)

// ListDeploymentManagers answers with one page of deployment managers.
func (a *API) ListDeploymentManagers(w http.ResponseWriter, r *http.Request) {
	a.list(w, r, o2.KindDeploymentManager)
}

// GetDeploymentManager answers with one deployment manager.
func (a *API) GetDeploymentManager(w http.ResponseWriter, r *http.Request, id string) {
	a.get(w, r, o2.KindDeploymentManager, id)
}

// ListResourcePools answers with one page of pools.
func (a *API) ListResourcePools(w http.ResponseWriter, r *http.Request) {
	a.list(w, r, o2.KindResourcePool)
}

// GetResourcePool answers with one pool.
func (a *API) GetResourcePool(w http.ResponseWriter, r *http.Request, id string) {
	a.get(w, r, o2.KindResourcePool, id)
}

// ListPoolResources answers with one page of a pool's resources, or 404 if the
// caller sees no such pool.
func (a *API) ListPoolResources(w http.ResponseWriter, r *http.Request, poolID string) {
	// The query is judged before the pool: 400 comes before 404, whatever the id.
	id, isID := o2.ParseID(poolID)
	var inPool *query.Filter
	if isID {
		var err error
		if inPool, err = query.NewFilter(schemas[o2.KindResource], "resourcePoolId", query.Equal, string(id)); err != nil {
			a.fail(w, r, err)
			return
		}
	}
	req, err := a.parseList(r, o2.KindResource, inPool)
	if err == nil && !isID {
		err = unknownID(o2.KindResourcePool.String(), poolID)
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	ctx := r.Context()
	if _, _, err := a.services.Reader.Get(ctx, exchange.ScopeOf(ctx), o2.KindResourcePool, id); err != nil {
		a.fail(w, r, named(err, o2.KindResourcePool.String(), id))
		return
	}
	a.answerList(w, r, req)
}

// ListResources answers with one page of resources.
func (a *API) ListResources(w http.ResponseWriter, r *http.Request) {
	a.list(w, r, o2.KindResource)
}

// GetResource answers with one resource.
func (a *API) GetResource(w http.ResponseWriter, r *http.Request, id string) {
	a.get(w, r, o2.KindResource, id)
}

// ListResourceTypes answers with one page of resource types.
func (a *API) ListResourceTypes(w http.ResponseWriter, r *http.Request) {
	a.list(w, r, o2.KindResourceType)
}

// GetResourceType answers with one resource type.
func (a *API) GetResourceType(w http.ResponseWriter, r *http.Request, id string) {
	a.get(w, r, o2.KindResourceType, id)
}

func (a *API) list(w http.ResponseWriter, r *http.Request, kind o2.Kind) {
	req, err := a.parseList(r, kind, nil)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.answerList(w, r, req)
}

func (a *API) answerList(w http.ResponseWriter, r *http.Request, req listRequest) {
	ctx := r.Context()
	page, err := a.services.Reader.List(ctx, exchange.ScopeOf(ctx), req.query)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	h := w.Header()
	setFreshness(h, page.Freshness)
	if page.More && len(page.Items) > 0 {
		last := page.Items[len(page.Items)-1].Object().Head().ID
		h["Link"] = []string{request.NextLink(r, a.config.ExternalURL, paramMarker, query.EncodeMarker(req.markerKey, string(last)))}
	}
	digest := listDigest(page.Digest, &req)
	if notModified(w, r, conditional.Tag(version, digest)) {
		return
	}
	if kept := a.pages.get(digest); kept != nil {
		begin(w, len(kept))
		send(w, kept)
		return
	}
	a.writeList(w, digest, page.Items, req.selector)
}

func (a *API) get(w http.ResponseWriter, r *http.Request, kind o2.Kind, text string) {
	selector, err := a.parseObject(r, schemas[kind])
	if err != nil {
		a.fail(w, r, err)
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		a.fail(w, r, unknownID(kind.String(), text))
		return
	}
	ctx := r.Context()
	item, freshness, err := a.services.Reader.Get(ctx, exchange.ScopeOf(ctx), kind, id)
	if err != nil {
		a.fail(w, r, named(err, kind.String(), id))
		return
	}
	setFreshness(w.Header(), freshness)
	if notModified(w, r, conditional.Tag(version, objectDigest(item.Object().Head().Digest, selector))) {
		return
	}
	a.writeObject(w, http.StatusOK, item, selector)
}

// notModified sets the answer's tag, and answers 304 if the caller holds it.
func notModified(w http.ResponseWriter, r *http.Request, tag string) bool {
	h := w.Header()
	h["Cache-Control"] = cacheControl
	if r.Header["If-None-Match"] != nil {
		if held, ok := conditional.Match(r, tag); ok {
			h["Etag"] = []string{held}
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	h["Etag"] = []string{tag}
	return false
}

package o2ims

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/inventory"
)

// CreateResourcePool makes a pool: 201 with its location.
func (a *API) CreateResourcePool(w http.ResponseWriter, r *http.Request) {
	if a.begin(w, r) {
		a.services.Once.Serve(w, r, a.createResourcePool)
	}
}

func (a *API) createResourcePool(w http.ResponseWriter, r *http.Request) {
	var in poolCreate
	if !a.read(w, r, a.poolCreate.Read, &in) {
		return
	}
	ext, err := extensionsOf(in.Extensions)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	item, err := a.services.Pools.Create(ctx, exchange.ScopeOf(ctx), inventory.ResourcePoolSpec{
		Name: in.Name, Description: in.Description, Location: in.Location,
		OCloudID: in.OCloudID, GlobalLocationID: in.GlobalLocationID, Extensions: ext,
	})
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.created(w, item, "/resourcePools/")
}

// UpdateResourcePool replaces what may change of a pool.
func (a *API) UpdateResourcePool(w http.ResponseWriter, r *http.Request, text string) {
	var in poolUpdate
	if !a.begin(w, r) || !a.read(w, r, a.poolUpdate.Read, &in) {
		return
	}
	ext, err := extensionsOf(in.Extensions)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		a.fail(w, r, reading.UnknownID(o2.KindResourcePool.String(), text))
		return
	}
	if in.ResourcePoolID != "" && !strings.EqualFold(in.ResourcePoolID, string(id)) {
		a.fail(w, r, &o2.FieldError{Attribute: "resourcePoolId", Reason: "differs from the path's; leave it out"})
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	item, err := a.services.Pools.Update(ctx, exchange.ScopeOf(ctx), id, inventory.ResourcePoolSpec{
		Name: in.Name, Description: in.Description, Location: in.Location,
		OCloudID: in.OCloudID, GlobalLocationID: in.GlobalLocationID, Extensions: ext,
	})
	if err != nil {
		a.fail(w, r, reading.Named(err, o2.KindResourcePool.String(), string(id)))
		return
	}
	a.reading.Written(w, http.StatusOK, a.types[item.Object().Kind()], item)
}

// DeleteResourcePool removes a pool.
func (a *API) DeleteResourcePool(w http.ResponseWriter, r *http.Request, text string) {
	id, ok := a.beginDelete(w, r, o2.KindResourcePool.String(), text)
	if !ok {
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	if err := a.services.Pools.Delete(ctx, exchange.ScopeOf(ctx), id); err != nil {
		a.fail(w, r, reading.Named(err, o2.KindResourcePool.String(), string(id)))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// CreateResource makes a resource: 201 with its location.
func (a *API) CreateResource(w http.ResponseWriter, r *http.Request) {
	if a.begin(w, r) {
		a.services.Once.Serve(w, r, a.createResource)
	}
}

func (a *API) createResource(w http.ResponseWriter, r *http.Request) {
	var in resourceCreate
	if !a.read(w, r, a.resourceCreate.Read, &in) {
		return
	}
	spec := inventory.ResourceSpec{
		GlobalAssetID: in.GlobalAssetID, Name: in.Name, Description: in.Description, Tags: in.Tags,
	}
	var err error
	if spec.Extensions, err = extensionsOf(in.Extensions); err != nil {
		a.fail(w, r, err)
		return
	}
	for _, ref := range []struct {
		attribute, text string
		id              *o2.ID
	}{
		{"resourcePoolId", in.ResourcePoolID, &spec.ResourcePoolID},
		{"resourceTypeId", in.ResourceTypeID, &spec.ResourceTypeID},
		{"parentId", in.ParentID, &spec.ParentID},
	} {
		var ok bool
		if *ref.id, ok = o2.ParseID(ref.text); !ok && ref.text != "" {
			a.fail(w, r, &o2.FieldError{Attribute: ref.attribute, Reason: "is not a UUID, as every id here is"})
			return
		}
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	item, err := a.services.Resources.Create(ctx, exchange.ScopeOf(ctx), spec)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.created(w, item, "/resources/")
}

// DeleteResource removes a resource.
func (a *API) DeleteResource(w http.ResponseWriter, r *http.Request, text string) {
	id, ok := a.beginDelete(w, r, o2.KindResource.String(), text)
	if !ok {
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	if err := a.services.Resources.Delete(ctx, exchange.ScopeOf(ctx), id); err != nil {
		a.fail(w, r, reading.Named(err, o2.KindResource.String(), string(id)))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// begin judges a change before its body is read.
func (a *API) begin(w http.ResponseWriter, r *http.Request) bool {
	if err := reading.CheckWrite(r); err != nil {
		a.fail(w, r, err)
		return false
	}
	return true
}

func (a *API) beginDelete(w http.ResponseWriter, r *http.Request, noun, text string) (o2.ID, bool) {
	if !a.begin(w, r) {
		return "", false
	}
	id, ok := o2.ParseID(text)
	if !ok {
		a.fail(w, r, reading.UnknownID(noun, text))
	}
	return id, ok
}

// read reads the body into dst, and answers the request if it is wrong.
func (a *API) read(w http.ResponseWriter, r *http.Request, read func(*http.Request, any) error, dst any) bool {
	if err := read(r, dst); err != nil {
		a.fail(w, r, err)
		return false
	}
	return true
}

func (a *API) created(w http.ResponseWriter, item inventory.Item, under string) {
	w.Header()["Location"] = []string{a.config.ExternalURL + a.version.Base + under + string(item.Object().Head().ID)}
	a.reading.Written(w, http.StatusCreated, a.types[item.Object().Kind()], item)
}

func extensionsOf(raw json.RawMessage) (o2.JSON, error) {
	ext, err := o2.ParseJSON(raw)
	if err != nil {
		return "", &o2.FieldError{Attribute: "extensions", Reason: err.Error()}
	}
	return ext, nil
}

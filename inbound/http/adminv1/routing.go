package adminv1

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/ports/routes"
)

// The parameters of a question about routing.
const (
	ParamResourceType = "resourceType"
	ParamFilter       = "filter"
	ParamCreate       = "create"
)

// explained are the parameters of a question about routing.
var explained = []string{ParamResourceType, ParamFilter, ParamCreate}

// ExplainRoute says where a request would go, and why.
func (a *API) ExplainRoute(w http.ResponseWriter, r *http.Request) {
	a.serve(w, r, partRouting, explained, func(ctx context.Context, c *call) error {
		q, err := Question(c.query, a.config.Schema, a.config.Query)
		if err != nil {
			return err
		}
		x, err := a.services.Routes.Explain(ctx, c.scope, q)
		if err != nil {
			return err
		}
		c.answer(http.StatusOK, shownExplanation(x))
		return nil
	})
}

// Question reads a question about routing from its parameters. schema gives the data
// types that filters are of. Errors are *query.Error.
func Question(p query.Parameters, schema func(o2.Kind) *query.Schema, limits query.Limits) (q routes.Question, err error) {
	wrong := func(parameter, reason string) error { return &query.Error{Parameter: parameter, Reason: reason} }
	q.Kind = o2.KindResourcePool
	if sent := p[ParamResourceType]; len(sent) > 0 {
		if q.Kind, err = o2.ParseKind(sent[0]); err != nil {
			return q, wrong(ParamResourceType, "want ResourcePool, Resource, ResourceType or DeploymentManager")
		}
	}
	filter, create := p[ParamFilter], p[ParamCreate]
	switch {
	case len(create) == 0:
		q.Filter, err = query.ParseFilter(schema(q.Kind), filter, limits)
		return q, err
	case len(filter) > 0:
		return q, wrong(ParamFilter, "it goes with lists; leave it or create out")
	case q.Kind != o2.KindResourcePool:
		return q, wrong(ParamCreate, "only resource pools are created where a rule says: a resource is created where its pool is, and nothing else is created")
	}
	q.Object, err = poolOf(create[0])
	return q, err
}

// poolOf reads the attributes of a pool that would be created.
func poolOf(text string) (*o2.ResourcePool, error) {
	var in struct {
		Name, Description, Tenant, Location, OCloudID, GlobalLocationID string
		Extensions                                                      json.RawMessage
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.DisallowUnknownFields()
	err := dec.Decode(&in)
	if err != nil || dec.More() {
		return nil, &query.Error{
			Parameter: ParamCreate,
			Reason:    `want a JSON object such as {"name":"rack-7","extensions":{"type":"bare-metal"}}, of name, description, tenant, location, oCloudId, globalLocationId and extensions`,
		}
	}
	extensions, err := o2.ParseJSON(in.Extensions)
	if err != nil {
		return nil, &query.Error{Parameter: ParamCreate, Reason: "extensions: " + err.Error()}
	}
	return &o2.ResourcePool{
		Header:   o2.Header{Name: in.Name, Description: in.Description, Tenant: in.Tenant, Extensions: extensions},
		Location: in.Location, OCloudID: in.OCloudID, GlobalLocationID: in.GlobalLocationID,
	}, nil
}

func shownExplanation(x routes.Explanation) RouteExplanation {
	shown := RouteExplanation{
		Adapters: append([]string{}, x.Adapters...), Reason: x.Reason,
		Rules: showAll(x.Rules, func(r routes.Rule) RouteRule {
			return RouteRule{
				Rule: r.Index, ResourceType: r.ResourceType, Adapters: r.Adapters, Strategy: r.Strategy, Priority: r.Priority,
				Verdict: string(r.Verdict), Reason: r.Reason,
			}
		}),
	}
	if x.Rule != routes.NoRule {
		shown.Rule = &x.Rule
	}
	return shown
}

package httpserver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/routes"
)

const explainPath = "/admin/v1/routing/explain"

// signpost is a routes.Routes that tells what it was asked.
type signpost struct{}

func (signpost) Explain(_ context.Context, _ scope.Scope, q routes.Question) (routes.Explanation, error) {
	x := routes.Explanation{Rule: routes.NoRule, Reason: fmt.Sprintf("list %s %s", q.Kind, q.Filter)}
	if p, ok := q.Object.(*o2.ResourcePool); ok {
		x.Rule, x.Adapters = 0, []string{"b"}
		x.Reason = fmt.Sprintf("create %s %s %s %s %s", p.Name, p.Tenant, p.Location, p.OCloudID, p.Extensions)
		x.Rules = []routes.Rule{{
			ResourceType: "*", Adapters: []string{"b"}, Strategy: "merge", Priority: -1, Verdict: routes.Decided, Reason: "why",
		}}
	}
	return x, nil
}

func TestExplainingRoutes(t *testing.T) {
	g := newGateway(t, site(0))
	g.wantBody(g.get(explainPath), http.StatusOK, `{"adapters":[],"reason":"list ResourcePool ","rules":[]}`)
	g.wantBody(g.get(explainPath+"?resourceType=Resource&filter=(eq,name,x)"), http.StatusOK,
		`{"adapters":[],"reason":"list Resource (eq,name,x)","rules":[]}`)
	create := url.QueryEscape(`{"name":"n","tenant":"t","location":"l","oCloudId":"o","extensions":{"a":1}}`)
	g.wantBody(g.get(explainPath+"?create="+create), http.StatusOK,
		`{"adapters":["b"],"reason":"create n t l o {\"a\":1}","rule":0,"rules":[`+
			`{"adapters":["b"],"priority":-1,"reason":"why","resourceType":"*","rule":0,"strategy":"merge","verdict":"decided"}]}`)
}

func TestQuestionsThatAreNone(t *testing.T) {
	g := newGateway(t, site(0))
	const object = `create: want a JSON object such as {"name":"rack-7","extensions":{"type":"bare-metal"}}, ` +
		"of name, description, tenant, location, oCloudId, globalLocationId and extensions"
	for sent, want := range map[string]string{
		"resourceType=Pool":            "resourceType: want ResourcePool, Resource, ResourceType or DeploymentManager",
		"filter=(eq,nam,x)":            "filter: unknown attribute \"nam\"; ResourcePool has resourcePoolId, name, description, location, oCloudId, globalLocationId, extensions",
		"create={}&filter=(eq,name,x)": "filter: it goes with lists; leave it or create out",
		"create={}&resourceType=Resource": "create: only resource pools are created where a rule says: " +
			"a resource is created where its pool is, and nothing else is created",
		"create=x":                  object,
		`create={"nam":"x"}`:        object,
		`create={}{}`:               object,
		`create={"extensions":[1]}`: "create: extensions: not a JSON object: json: cannot unmarshal array into Go value of type map[string]interface {}",
		"create={}&create={}":       "create: it is given more than once",
		"kind=ResourcePool":         "kind: unknown parameter; known are resourceType, filter, create",
	} {
		if a := g.get(explainPath + "?" + sent); a.StatusCode != http.StatusBadRequest || a.detail(t) != want {
			t.Errorf("%s: %d %s, want %s", sent, a.StatusCode, a.body, want)
		}
	}
}

package httpserver_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	httpserver "github.com/netweave/netweave/inbound/http"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/configuration"
)

const configurationPath = "/admin/v1/configuration"

// inForce is a configuration.Configuration that always tells the same.
type inForce struct{ failure *configuration.Failure }

func (f inForce) Configuration(context.Context, scope.Scope) (*configuration.State, error) {
	return &configuration.State{
		Version: "0a", Generation: 2, LoadedAt: time.Unix(0, 0).UTC(), Path: "gateway.yaml", Salt: "s", Failure: f.failure,
		Settings: []configuration.Setting{{Key: "adapters[lab].config.token", Digest: "ff"}, {Key: "role", Value: ""}},
	}, nil
}

// refusing is a configuration.Configuration that tells nobody.
type refusing struct{}

func (refusing) Configuration(context.Context, scope.Scope) (*configuration.State, error) {
	return nil, authz.ErrDenied
}

func TestTheConfigurationInForce(t *testing.T) {
	const head = `{"generation":2,"loadedAt":"1970-01-01T00:00:00Z","path":"gateway.yaml","restartNeeded":[],"salt":"s",` +
		`"settings":[{"digest":"ff","key":"adapters[lab].config.token"},{"key":"role","value":""}],"version":"0a"`
	g := newGateway(t, site(0))
	g.wantBody(g.get(configurationPath), http.StatusOK, head+`}`)

	failure := &configuration.Failure{At: time.Unix(1, 0).UTC(), Problems: []configuration.Problem{{Reason: "r"}, {Key: "k", Line: 3, Reason: "q"}}}
	g = newGateway(t, site(0), func(_ *httpserver.Config, d *httpserver.Dependencies) { d.Configuration = inForce{failure} })
	g.wantBody(g.get(configurationPath), http.StatusOK,
		`{"failure":{"at":"1970-01-01T00:00:01Z","problems":[{"reason":"r"},{"key":"k","line":3,"reason":"q"}]},`+head[1:]+`}`)

	g = newGateway(t, site(0), func(_ *httpserver.Config, d *httpserver.Dependencies) { d.Configuration = refusing{} })
	if a := g.get(configurationPath); a.StatusCode != http.StatusForbidden {
		t.Errorf("got %d %s", a.StatusCode, a.body)
	}
}

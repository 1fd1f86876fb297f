package adminv1

import (
	"context"
	"net/http"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/adapters"
	"github.com/netweave/netweave/ports/backend"
)

// ListAdapters answers with all adapters.
func (a *API) ListAdapters(w http.ResponseWriter, r *http.Request) {
	a.serve(w, r, partAdapters, nil, func(ctx context.Context, c *call) error {
		list, err := a.services.Adapters.List(ctx, c.scope)
		if err != nil {
			return err
		}
		c.answer(http.StatusOK, AdapterList{Items: showAll(list, shownAdapter)})
		return nil
	})
}

// GetAdapter answers with one adapter.
func (a *API) GetAdapter(w http.ResponseWriter, r *http.Request, name string) {
	a.aboutAdapter(w, r, name, http.StatusOK, func(ctx context.Context, c *call) (adapters.Adapter, error) {
		return a.services.Adapters.Get(ctx, c.scope, name)
	})
}

// PauseAdapter lets an adapter rest.
func (a *API) PauseAdapter(w http.ResponseWriter, r *http.Request, name string) {
	a.aboutAdapter(w, r, name, http.StatusOK, func(ctx context.Context, c *call) (adapters.Adapter, error) {
		var in Pause
		if r.ContentLength != 0 { // without a body: for no reason that is told
			if err := a.pause.Read(r, &in); err != nil {
				return adapters.Adapter{}, err
			}
		}
		return a.services.Adapters.Pause(ctx, c.scope, name, in.Reason)
	})
}

// ResumeAdapter ends a pause.
func (a *API) ResumeAdapter(w http.ResponseWriter, r *http.Request, name string) {
	a.aboutAdapter(w, r, name, http.StatusOK, func(ctx context.Context, c *call) (adapters.Adapter, error) {
		return a.services.Adapters.Resume(ctx, c.scope, name)
	})
}

// ResyncAdapter has a backend read anew.
func (a *API) ResyncAdapter(w http.ResponseWriter, r *http.Request, name string) {
	a.aboutAdapter(w, r, name, http.StatusAccepted, func(ctx context.Context, c *call) (adapters.Adapter, error) {
		return a.services.Adapters.Resync(ctx, c.scope, name)
	})
}

// aboutAdapter answers with the adapter that do returns.
func (a *API) aboutAdapter(w http.ResponseWriter, r *http.Request, name string, status int, do func(context.Context, *call) (adapters.Adapter, error)) {
	a.serve(w, r, partAdapters, nil, func(ctx context.Context, c *call) error {
		found, err := do(ctx, c)
		if err != nil {
			return named(err, noAdapter(name))
		}
		c.answer(status, shownAdapter(found))
		return nil
	})
}

func shownAdapter(a adapters.Adapter) Adapter {
	shown := Adapter{
		Name: a.Name, Type: a.Type, Version: a.Version, Checksum: a.Checksum, State: string(a.State), Since: moment(a.Since),
		Health: healthOf(a), Capabilities: append([]string{}, a.Capabilities...), Breaker: a.Breaker,
		Restarts: a.Restarts, Replacements: a.Replacements, ReplaceError: a.ReplaceError, LastError: a.LastError,
		Paused: a.Paused, Synced: a.Synced, Stale: a.Synced && a.Degraded, AgeSeconds: seconds(a.Age), StaleAfterSeconds: seconds(a.StaleAfter),
		Feed: "watch", FeedError: a.FeedError, Snapshots: a.Snapshots, RefusedObjects: a.Refused,
		Objects: ObjectCounts{
			DeploymentManagers: a.Objects[o2.KindDeploymentManager], ResourcePools: a.Objects[o2.KindResourcePool],
			Resources: a.Objects[o2.KindResource], ResourceTypes: a.Objects[o2.KindResourceType],
		},
	}
	if a.Polled {
		shown.Feed = "poll"
	}
	if a.Pause != nil {
		shown.Pause = &PauseInForce{By: a.Pause.By, Reason: a.Pause.Reason, At: moment(a.Pause.At)}
	}
	return shown
}

// healthOf is an adapter's standing in a word.
func healthOf(a adapters.Adapter) string {
	switch {
	case a.Paused:
		return "paused"
	case a.State == backend.StateQuarantined, a.State == backend.StateStopped, !a.Synced && a.Degraded:
		return "down"
	case !a.Synced:
		return "starting"
	case a.Degraded:
		return "stale"
	}
	return "ok"
}

// seconds is a duration to the tenth of a second.
func seconds(d time.Duration) float32 { return float32(d.Round(100 * time.Millisecond).Seconds()) }

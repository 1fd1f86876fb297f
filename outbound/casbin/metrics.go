package casbin

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/ports/authz"
)

// other stands for what the permission model does not know, so that no request
// makes a label.
const other = "other"

// counters count decisions. There is one for each request of the permission model
// from the start.
type counters struct {
	known map[authz.Request]outcome
	other outcome
}

type outcome struct{ allow, deny prometheus.Counter }

func newCounters(r prometheus.Registerer) (*counters, error) {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "o2ims_authz_total",
		Help: "Decisions on what callers may do, by the permission that they needed.",
	}, []string{"resource", "action", "result"})
	if err := r.Register(v); err != nil {
		return nil, err
	}
	of := func(resource, action string) outcome {
		return outcome{
			allow: v.WithLabelValues(resource, action, "allow"),
			deny:  v.WithLabelValues(resource, action, "deny"),
		}
	}
	c := &counters{known: map[authz.Request]outcome{}, other: of(other, other)}
	for _, resource := range authz.Resources() {
		for _, action := range authz.Actions() {
			c.known[authz.Request{Resource: resource, Action: action}] = of(resource, string(action))
		}
	}
	return c, nil
}

func (c *counters) of(r authz.Request) outcome {
	if o, ok := c.known[r]; ok {
		return o
	}
	return c.other
}

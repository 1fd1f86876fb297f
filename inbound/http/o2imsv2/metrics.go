package o2imsv2

import (
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/reading"
)

// GetResourcePoolMetrics answers with all figures of one pool.
func (a *API) GetResourcePoolMetrics(w http.ResponseWriter, r *http.Request, id string) {
	if err := reading.CheckPlain(r); err != nil {
		a.Reading().Fail(w, r, err)
		return
	}
	item, freshness, err := a.Reading().Seen(r.Context(), r, a.Type(o2.KindResourcePool), id)
	if err != nil {
		a.Reading().Fail(w, r, err)
		return
	}
	reading.SetFreshness(w.Header(), freshness)
	a.Reading().Send(w, r, appendFigures(nil, nouns.As[*o2.ResourcePool](item.Object())))
}

func appendFigures(b []byte, p *o2.ResourcePool) []byte {
	m := p.Metrics
	if m == nil {
		m = &o2.PoolMetrics{
			CPUCapacity: -1, CPURequested: -1, CPUUsed: -1, MemoryCapacity: -1, MemoryRequested: -1, MemoryUsed: -1,
			Nodes: -1, HealthyNodes: -1,
		}
	}
	b = jsontext.Append(append(b, `{"resourcePoolId":`...), string(p.ID))
	b = jsontext.Append(append(b, `,"name":`...), p.Name)
	b = nouns.AppendMoment(b, `,"measuredAt":`, m.At)
	b = appendHealth(append(b, `,"health":`...), p.Health)
	b = appendAmounts(append(b, `,"cpu":`...), "cores", m.CPUCapacity, m.CPURequested, m.CPUUsed)
	b = appendAmounts(append(b, `,"memory":`...), "bytes", m.MemoryCapacity, m.MemoryRequested, m.MemoryUsed)
	b = appendCount(b, `,"nodeCount":`, m.Nodes)
	b = appendCount(b, `,"healthyNodeCount":`, m.HealthyNodes)
	return append(b, '}')
}

func appendAmounts(b []byte, unit string, capacity, requested, used float64) []byte {
	b = jsontext.Append(append(b, `{"unit":`...), unit)
	b = appendFigure(b, `,"capacity":`, capacity)
	b = appendFigure(b, `,"requested":`, requested)
	b = appendFigure(b, `,"used":`, used)
	b = appendFigure(b, `,"requestedPercent":`, share(requested, capacity))
	b = appendFigure(b, `,"usedPercent":`, share(used, capacity))
	return append(b, '}')
}

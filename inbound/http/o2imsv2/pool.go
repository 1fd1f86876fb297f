package o2imsv2

import (
	"math"
	"strconv"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/o2ims"
)

func poolSchema() *query.Schema {
	type object = *o2.ResourcePool
	return o2ims.PoolSchema(
		nouns.Object("health", func(o object) o2.JSON { return o2.JSON(appendHealth(nil, o.Health)) }),
		nouns.Object("metrics", func(o object) o2.JSON { return o2.JSON(appendMetrics(nil, o.Metrics)) }),
		nouns.Texts("tags", func(o object) []string { return o.Tags }),
		moment("createdAt", func(o object) time.Time { return o.CreatedAt }),
		moment("updatedAt", func(o object) time.Time { return o.UpdatedAt }),
	)
}

// moment is a time that is absent where it is zero.
func moment(name string, get func(*o2.ResourcePool) time.Time) query.Attribute {
	return query.Attribute{Name: name, Type: query.Time, Get: func(o any) query.Value {
		t := get(nouns.As[*o2.ResourcePool](o))
		if t.IsZero() {
			return query.Value{Absent: true}
		}
		return query.Value{Text: nouns.Time(t)}
	}}
}

// appendPool encodes a pool; the state that a notification shows has nothing of what
// passes.
func appendPool(b []byte, p *o2.ResourcePool, state bool) []byte {
	b = o2ims.AppendPool(b, p)
	if !state {
		b = appendHealth(append(b, `,"health":`...), p.Health)
		b = appendMetrics(append(b, `,"metrics":`...), p.Metrics)
	}
	b = nouns.AppendTexts(append(b, `,"tags":`...), p.Tags)
	if !state {
		b = nouns.AppendMoment(b, `,"createdAt":`, p.CreatedAt)
		b = nouns.AppendMoment(b, `,"updatedAt":`, p.UpdatedAt)
	}
	return nouns.AppendExtensions(b, &p.Header)
}

func appendHealth(b []byte, h *o2.PoolHealth) []byte {
	if h == nil {
		h = &o2.PoolHealth{AvailableCapacity: -1, Utilization: -1}
	}
	status := h.Status
	switch status {
	case o2.HealthHealthy, o2.HealthDegraded, o2.HealthUnhealthy:
	default:
		status = o2.HealthUnknown
	}
	b = jsontext.Append(append(b, `{"status":`...), string(status))
	b = appendFigure(b, `,"availableCapacity":`, h.AvailableCapacity)
	b = appendFigure(b, `,"utilization":`, h.Utilization)
	return append(b, '}')
}

// appendMetrics encodes the figures that a pool shows: what is used of what there is,
// and where that is not known what is requested of it.
func appendMetrics(b []byte, m *o2.PoolMetrics) []byte {
	if m == nil {
		return append(b, '{', '}')
	}
	from := len(b)
	b = appendUsage(b, "cpuUsage", m.CPUUsed, m.CPURequested, m.CPUCapacity)
	b = appendUsage(b, "memoryUsage", m.MemoryUsed, m.MemoryRequested, m.MemoryCapacity)
	b = appendCount(b, `,"nodeCount":`, m.Nodes)
	b = appendCount(b, `,"healthyNodeCount":`, m.HealthyNodes)
	if len(b) == from {
		b = append(b, ',')
	}
	b[from] = '{' // in place of the first comma
	return append(b, '}')
}

// appendUsage appends a share in percent, and what it is a share of.
func appendUsage(b []byte, name string, used, requested, capacity float64) []byte {
	percent, basis := share(used, capacity), "usage"
	if !known(percent) {
		percent, basis = share(requested, capacity), "requests"
	}
	if !known(percent) {
		return b
	}
	b = appendFigure(b, `,"`+name+`Percent":`, percent)
	return jsontext.Append(append(b, `,"`+name+`Basis":`...), basis)
}

// share returns part of whole in percent, negative if that cannot be told.
func share(part, whole float64) float64 {
	if !known(part) || !known(whole) || whole == 0 {
		return -1
	}
	return part / whole * 100
}

// known reports whether a figure is one.
func known(f float64) bool { return f >= 0 && f <= math.MaxFloat64 }

// appendFigure appends name, which holds comma, quotes and colon, and a figure with
// two decimals at most, or nothing if it is not known.
func appendFigure(b []byte, name string, f float64) []byte {
	if !known(f) {
		return b
	}
	if hundredfold := f * 100; hundredfold < 1<<53 {
		f = math.Round(hundredfold) / 100
		return strconv.AppendFloat(append(b, name...), f, 'f', -1, 64)
	}
	return strconv.AppendFloat(append(b, name...), f, 'g', -1, 64)
}

func appendCount(b []byte, name string, n int64) []byte {
	if n < 0 {
		return b
	}
	return strconv.AppendInt(append(b, name...), n, 10)
}

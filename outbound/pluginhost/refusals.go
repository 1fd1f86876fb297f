package pluginhost

import (
	"time"

	"github.com/hashicorp/go-hclog"
)

// refusals counts the objects that were left out, and logs some of them: a
// plugin that gets one wrong usually gets thousands wrong.
type refusals struct {
	log     hclog.Logger
	metrics *adapterMetrics
	clean   func(string) string
	limit   *rateLimit
}

func (r *refusals) report(kind, nativeID string, why *refusedObject) {
	r.metrics.refuse(why.because)
	ok, more := r.limit.take(time.Now())
	if !ok {
		return
	}
	if more > 0 {
		r.log.Warn("more objects of the plugin were refused", "objects", more)
	}
	if len(nativeID) > 80 {
		nativeID = nativeID[:80] + "..."
	}
	r.log.Warn("object of the plugin refused", "kind", kind, "id", r.clean(nativeID), "reason", r.clean(why.detail))
}

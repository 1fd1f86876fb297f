package authn

import "github.com/prometheus/client_golang/prometheus"

// method is what a caller was identified by, or was not.
type method uint8

const (
	methodNone method = iota
	methodAnonymous
	methodCertificate
	methodProxy
	methodBearer
	methodStatic
	methodBoth
	methodCount
)

var methodNames = [methodCount]string{"none", "anonymous", "certificate", "proxy", "bearer", "static", "both"}

// unknownTenant is the label of failures that are no known tenant's.
const unknownTenant = "unknown"

// metrics counts. Each counter of a method is looked up once, so that counting
// costs an atomic addition.
type metrics struct {
	successes, failures [methodCount]prometheus.Counter
	byTenant            *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "o2ims_auth_total", Help: "Requests by whether their caller was identified, and by what.",
	}, []string{"status", "method"})
	m := &metrics{byTenant: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "o2ims_auth_failures_by_client", Help: "Requests with credentials of a tenant's that were refused.",
	}, []string{"tenant"})}
	for i, name := range methodNames {
		m.successes[i] = total.WithLabelValues("success", name)
		m.failures[i] = total.WithLabelValues("failure", name)
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{total, m.byTenant} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) succeeded(by method) { m.successes[by].Inc() }

// failed counts a refusal; tenant is a known one, or "".
func (m *metrics) failed(by method, tenant string) {
	m.failures[by].Inc()
	if tenant == "" {
		tenant = unknownTenant
	}
	m.byTenant.WithLabelValues(tenant).Inc()
}

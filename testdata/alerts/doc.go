// Package alerts tests the alarms in deploy/prometheus with Prometheus's own parser
// and engine. It is a module of its own: nothing of that is in the product.
package alerts

// Package telemetry is how operators see the gateway: the metrics registry and
// its handler, the standing of the backends as metrics, and the log.
//
// Nothing here is global: whoever needs the registry or the logger is given it.
// Metric names start with netweave_, labels are bounded by the configuration
// (backends, kinds, states) and never hold what a caller sent. The log goes
// through hclog; those who want log/slog get a handler over the same logger.
package telemetry

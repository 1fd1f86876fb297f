package telemetry

// Audit counts what becomes of audit entries. Calls are cheap, never block and
// never fail; all methods are safe for concurrent use.
type Audit interface {
	// Stored counts entries that are in the store.
	Stored(entries int)
	// Waiting tells how many wait for the store.
	Waiting(entries int)
	// Lost counts those that were given up, since too many waited.
	Lost(entries int)
}

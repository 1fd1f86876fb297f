package telemetry

// Alarms counts what becomes of alarms. Calls are cheap, never block and never
// fail; all methods are safe for concurrent use.
type Alarms interface {
	// Raised and Cleared count alarms of a source: an adapter's name, or a receiver's.
	Raised(source string)
	Cleared(source string)
	// PollFailed counts the times that an adapter could not be asked for its alarms.
	PollFailed(adapter string)
	// Refused counts alarms that were not raised since there are too many.
	Refused(alarms int)
}

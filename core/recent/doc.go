// Package recent remembers the latest changes of pools and their resources, for
// whoever asks what has happened to a pool. It is fed by inventory.Changes, and knows
// what this process has seen since Run began: it is a convenience to look at, and no
// event log.
//
// What it remembers is bounded for each pool and in all; past that the oldest of the
// pools with the most are forgotten, so that no pool's many changes push out another's
// few. A pool that is gone takes its changes along.
package recent

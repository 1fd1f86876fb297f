// Package polled is for plugins whose infrastructure tells nobody of changes, so that
// netweave lists it again and again: callers who want the same list at the same time
// share one reading (Shared), and what has gone from a list is believed only when it
// was seen to be gone twice (Census).
package polled

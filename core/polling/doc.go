// Package polling has each backend that cannot be watched listed by one process
// of the gateway, however many there are: the controller that leads. It publishes
// what it listed (ports/snapshots), and every other process feeds its own view
// from there.
//
// A Poller is what core/inventory asks for the next snapshot. While this process
// leads (Lead), that is a listing of its own, which goes straight to its view and
// then to the others; else it is the latest published. While nobody leads, the
// last snapshot stays what everyone shows, and its age tells.
package polling

// Package inventory is the read model and the services over it: deployment
// managers, resource pools, resources and resource types of every backend,
// behind the driving ports of ports/inventory.
//
// For each attached backend it keeps a view: immutable snapshots, swapped
// atomically, of all that the backend said. Readers take no lock and never wait
// for a backend or a writer. A feed, one per backend, keeps the view current by
// watching or polling; a feed that fails leaves the view as it is.
//
// An object leaves a view only by an explicit delete, or by absence from a
// snapshot that ran to its end and began after the object's last write through
// this service. The result of a write is in the view before the write returns.
//
// Whose an object is decides who sees it, in every list, count and error: an
// object that a caller does not see is to that caller the same as none.
package inventory

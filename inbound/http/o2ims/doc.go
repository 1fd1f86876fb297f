// Package o2ims has what the versions of netweave's own API (/o2ims/v1 and later)
// have in common: their data types, but for what a version shows of resource pools,
// the handlers that read and change them, subscriptions, and notifications. A
// version is a Version, with a package of its own for its document.
//
// Query strings are read by core/query, because its filters need what a generated
// binding cannot do. An object is encoded once, by Version.Project, and then copied
// into every answer.
package o2ims

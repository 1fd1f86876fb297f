// Package audit keeps the audit log: who did what to which object, from where,
// and what came of it.
//
// Each process writes one chain. A record's hash covers all of it and the hash of
// the record before, so that a record that is missing or altered is found by
// [Verify]; who could rewrite the whole of a chain, and its head, is not. An entry
// holds no secret: neither bodies nor query strings nor credentials.
//
// Entries are stored in groups by one goroutine, [Log.Run]. While the store is
// away they wait in memory, up to a bound; what is given up beyond that is
// counted, and an entry that says how many are missing takes their place.
package audit

// Package dtias is a contract server for tests: it is not Dell DTIAS, no part of
// it comes from Dell, and no DTIAS was at hand when it was written. It speaks the
// calls and shapes that netweave's dtias plugin takes for DTIAS's, to the letter
// and strictly, so that the plugin can be held to them: it refuses query
// parameters, attributes and content types that the contract does not have.
//
// What it makes up is a small world of bare metal (World): two sites, each a
// datacenter, with one compute pool and 20 allocated servers each and spare
// machines of four types. The inventory lists allocated servers; spare ones are
// only counted, as availableServers of every pool of their datacenter. An
// allocated server is provisioning for a while and then ready.
//
// A Server can be made to fail (Fault), from Go by Break and Mend or over HTTP:
//
//	GET    /control          the faults in force, and how many requests came for what
//	POST   /control/faults   adds a fault: {"kind": "status", "status": 429, "retryAfter": "1", "times": 2}
//	DELETE /control/faults   takes them all away
//	PUT    /control/key      {"apiKey": "..."}: from now on this is the key, the old one has expired
//
// The control endpoint asks for no key: the server belongs on loopback.
package dtias

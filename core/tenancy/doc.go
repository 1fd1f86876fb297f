// Package tenancy knows tenants, users, roles and role bindings, and looks after
// them: it is behind the ports of ports/tenancy.
//
// A [Directory] holds them all in memory. Whoever admits callers, authorizes them
// or bounds what they may have asks it, and never waits for the store. It follows
// the store: what this process writes holds in it before the write returns; what
// other processes write, within milliseconds by the news on the bus, and within
// two seconds if those are lost. While the store is away it goes on with what it
// knows.
//
// What is stored and makes no sense grants nothing. That is said once in the log,
// of: what cannot be read; a key that does not fit what it holds; ids that no
// tenant, user or role can have; permissions unknown or too wide; a role whose
// name is a built-in role's, a file's, or one of everyone's, for a name is in one
// place only; and a binding that is older than its user or role, which was meant
// for another one of that name.
//
// A [Service] changes what is stored. It promises that nobody gives what they do
// not hold: whoever binds, makes or changes a role needs each of its permissions
// over the tenant that it is for. Writes of one process come one after the other,
// so that each is judged by what the one before has left.
//
// A deleted tenant is at once without users, roles and bindings, and stays as
// "deleted" for those to see whose permission extends to all tenants: its id is
// not used again. Deleting it once more completes what a crash has left undone,
// and so does the leader (see [Keeper]).
package tenancy

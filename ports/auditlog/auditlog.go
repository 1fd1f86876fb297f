// Package auditlog holds the driving ports of the audit log: what inbound tells
// it, and how it is read.
//
// Errors: authz.ErrDenied and those of ports/store. All methods are safe for
// concurrent use.
package auditlog

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/scope"
)

// Result is what came of an operation.
type Result string

// The results.
const (
	Success Result = "success"
	// Denied: the caller may not do it.
	Denied Result = "denied"
	// Failed: the request was wrong, or something failed.
	Failed Result = "error"
)

// Entry is one operation. It holds no secret: neither bodies nor query strings
// nor credentials.
type Entry struct {
	// ID is set when it is recorded: "writer/number" for who sees all tenants'
	// entries, else the record's hash, since numbers would tell a tenant how much
	// others do.
	ID string
	At time.Time
	// Tenant is the caller's home (scope.Scope.Home), User its name.
	Tenant, User string
	// Action is one of package authz's; Resource a noun of the permission model.
	Action, Resource string
	// ResourceID is the object's id, ResourceTenant the tenant that the object is
	// about where that is not the caller's; "" if there is none.
	ResourceID, ResourceTenant string
	Result                     Result
	// Status is the answer's HTTP status.
	Status int
	// Method and Path are the request's.
	Method, Path string
	// Address is the caller's, without port.
	Address   string
	RequestID string
}

// Recorder records operations.
type Recorder interface {
	// Record adds e. It returns once e is in the store, or kept to be stored as
	// soon as the store is there again; it never fails the operation.
	Record(ctx context.Context, e Entry)
}

// Query selects entries; a zero field selects all.
type Query struct {
	Tenant, User, Action, Resource string
	Result                         Result
	// From is inclusive, Until is not.
	From, Until time.Time
	// After is the opaque place where the page before ended.
	After string
	Limit int
}

// Reader reads the log.
type Reader interface {
	// Entries returns those that the caller may see, the latest first, and where
	// the next page begins, "" if there is none. Of another tenant's nothing is
	// seen, unless the caller's permission extends to all.
	Entries(ctx context.Context, sc scope.Scope, q Query) (list []Entry, next string, err error)
}

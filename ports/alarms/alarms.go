// Package alarms is the driving port of alarms: what the core offers to whoever
// serves O2-IMS infrastructure monitoring, and to whoever receives reports.
//
// Lists and reads of alarms are those of an inventory.Reader over o2.KindAlarm.
// Subscriptions to alarms are a subscription.Family's.
//
// Every method needs a valid scope and returns inventory.ErrNotFound for what the
// scope does not see. All methods are safe for concurrent use.
//
// Errors: inventory.ErrNotFound, authz.ErrDenied, *o2.FieldError for a caller's bad
// attribute, those here and those of ports/store.
package alarms

import (
	"context"
	"errors"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
)

var (
	// ErrAutomatic means that an alarm clears itself when its cause is gone, and
	// that nobody else may clear it.
	ErrAutomatic = errors.New("the alarm's definition says that it is cleared automatically")
	// ErrCleared means that the alarm is over: it cannot be cleared again.
	ErrCleared = errors.New("the alarm is cleared already")
)

// Alarms changes alarms, as an operator does.
type Alarms interface {
	// Acknowledge marks an alarm as known to an operator. One that is acknowledged
	// already stays as it is, and is no error.
	Acknowledge(ctx context.Context, sc scope.Scope, id o2.ID) (inventory.Item, error)
	// Clear ends an alarm whose definition's clearing type is MANUAL; ErrAutomatic
	// of any other.
	Clear(ctx context.Context, sc scope.Scope, id o2.ID) (inventory.Item, error)
}

// ServiceConfiguration is the alarm service's (O2-IMS AlarmServiceConfiguration).
type ServiceConfiguration struct {
	// RetentionDays is how long cleared alarms are kept, at least 1.
	RetentionDays int
	// Extensions is a JSON object in canonical form, "" for none.
	Extensions o2.JSON
}

// Configuration reads and changes the service's configuration, which is kept in
// the store and is the gateway's own: changing it needs a permission for
// everything (authz.AlarmService).
type Configuration interface {
	Configuration(ctx context.Context, sc scope.Scope) (ServiceConfiguration, error)
	SetConfiguration(ctx context.Context, sc scope.Scope, c ServiceConfiguration) (ServiceConfiguration, error)
}

// Cause is a probable cause.
type Cause struct {
	ID                o2.ID
	Name, Description string
}

// Causes lists probable causes: those of the standard (ITU-T X.733), of the alarm
// definitions that the caller sees, and of the caller's alarms. By id.
type Causes interface {
	Causes(ctx context.Context, sc scope.Scope) ([]Cause, error)
}

// Report is what a receiver (an Alertmanager webhook, say) has heard of one
// alarm: it is raised, or it is over.
type Report struct {
	// Native names what is reported, uniquely within the receiver.
	Native string
	// Resource is the id, native id or name of the resource that has it. A report of
	// a resource that no view holds is refused.
	Resource string
	// Definition is the native id of the alarm definition; where the resource's type
	// has none of that name, one is made up from the report.
	Definition, ProbableCause string
	Name, Description         string
	RepairActions             string
	Severity                  o2.Severity // SeverityCleared: it is over
	RaisedAt                  time.Time   // zero: now
	Extensions                o2.JSON
}

// Refused is why one of several reports was not taken.
type Refused struct {
	Index  int
	Reason string
}

// Receiver takes reports. Reporting the same again changes nothing.
type Receiver interface {
	// Report takes reports from the receiver called source. An error means that not
	// all were taken that may be, and that the sender should send them again: it is
	// store.ErrUnavailable also where a report is of a resource that no view holds while a
	// backend has never been read.
	Report(ctx context.Context, sc scope.Scope, source string, reports []Report) ([]Refused, error)
}

package backend

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// AlarmSource is a Backend that may report alarms. Its methods return
// ErrUnsupported, in an *Error, where what runs behind the name cannot.
type AlarmSource interface {
	// Alarms returns every alarm that is raised now. A list that is not whole is an
	// error.
	Alarms(ctx context.Context) ([]Alarm, error)
	// AcknowledgeAlarm tells the backend that an operator knows of an alarm.
	AcknowledgeAlarm(ctx context.Context, nativeID string) error
}

// Alarm is one alarm that a backend reports as raised.
type Alarm struct {
	// NativeID names it uniquely within the backend, for as long as it is raised.
	NativeID string
	// Resource is the native id of the resource that has it.
	Resource string
	// Definition is the native id of one of the alarm definitions of the resource's
	// type.
	Definition string
	// ProbableCause is the cause's name; "" for the definition's.
	ProbableCause string
	// Severity is never SeverityCleared.
	Severity o2.Severity
	// Description says what is the matter; "" for the definition's.
	Description string
	// RaisedAt and ChangedAt are the backend's word, zero where it has none. An alarm
	// with another RaisedAt is another.
	RaisedAt, ChangedAt time.Time
	// Extensions is a JSON object in canonical form, "" for none.
	Extensions o2.JSON
}

package sdk

import (
	"context"
	"iter"
	"time"
)

// AlarmLister is implemented by backends that can tell of alarms (capability
// alarms).
type AlarmLister interface {
	// ListAlarms yields every alarm that is raised now, acknowledged or not; one
	// that is listed no more is over. It is called every few seconds. A list that
	// cannot be had whole must end with an error, or alarms that go on are taken
	// for cleared.
	ListAlarms(ctx context.Context) iter.Seq2[*Alarm, error]
}

// AlarmAcknowledger is implemented by backends that want to know that an operator
// has seen an alarm, besides AlarmLister. netweave itself remembers it.
type AlarmAcknowledger interface {
	// AcknowledgeAlarm notes that an operator knows of the alarm with that id. A new
	// process is told again of those that were acknowledged before and that it reports. It
	// returns nil if that was known already, and an error with code NotFound if the
	// alarm is not raised (any more).
	AcknowledgeAlarm(ctx context.Context, id string) error
}

// Alarm is an alarm that is raised.
type Alarm struct {
	// ID is the backend's own id: unique among its alarms, the same for as long as
	// the alarm is raised, at most 1024 bytes of UTF-8. It may be used again for an
	// alarm with another RaisedAt.
	ID string
	// ResourceID is the native id of the resource that has the alarm. Mandatory.
	ResourceID string
	// DefinitionID is the ID of one of the Alarms of that resource's type. Mandatory.
	DefinitionID string
	// ProbableCause names the cause; "" is the definition's.
	ProbableCause string
	// Severity is CRITICAL, MAJOR, MINOR, WARNING or INDETERMINATE. Mandatory.
	Severity Severity
	// Description says what is the matter; "" is the definition's. Never put
	// credentials here.
	Description string
	// RaisedAt is when it was raised, zero where the backend does not know; it stays
	// the same for as long as the alarm is raised. ChangedAt is when anything of it
	// last changed, zero for never. Both are kept to the millisecond.
	RaisedAt, ChangedAt time.Time
	// Extensions is whatever else the backend knows, as Meta.Extensions.
	Extensions map[string]any
}

// Severity is how bad an alarm is.
type Severity string

// The severities, the worst first.
const (
	SeverityCritical      Severity = "CRITICAL"
	SeverityMajor         Severity = "MAJOR"
	SeverityMinor         Severity = "MINOR"
	SeverityWarning       Severity = "WARNING"
	SeverityIndeterminate Severity = "INDETERMINATE"
)

// AlarmDefinition describes an alarm that resources of a type can raise.
type AlarmDefinition struct {
	// ID is the backend's own id: stable, unique within the resource type, at most
	// 1024 bytes of UTF-8. Mandatory.
	ID string
	// Name is for people. Mandatory.
	Name        string
	Description string
	// RepairActions says what to do about it.
	RepairActions string
	// LastChange is the AlarmDictionaryVersion in which it last changed, "" for the
	// present one.
	LastChange string
	// Change is how it changed then: ADDED, DELETED or MODIFIED; "" means ADDED.
	Change AlarmChange
	// Clearing is AUTOMATIC or MANUAL; "" means AUTOMATIC.
	Clearing ClearingType
	// ProbableCause names the usual cause; "" means Name.
	ProbableCause string
	// AdditionalFields is whatever else there is to say, as Meta.Extensions.
	AdditionalFields map[string]any
}

// ClearingType tells who may clear an alarm.
type ClearingType string

// The clearing types.
const (
	// ClearingAutomatic: it is over when its cause is gone.
	ClearingAutomatic ClearingType = "AUTOMATIC"
	// ClearingManual: an operator may clear it, in netweave, whatever the backend
	// goes on to list.
	ClearingManual ClearingType = "MANUAL"
)

// AlarmChange tells how a definition came to be in its dictionary.
type AlarmChange string

// The changes of a definition.
const (
	AlarmAdded    AlarmChange = "ADDED"
	AlarmDeleted  AlarmChange = "DELETED"
	AlarmModified AlarmChange = "MODIFIED"
)

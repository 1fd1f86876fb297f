package o2

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Severity is how bad an alarm is (O-RAN PerceivedSeverity, ITU-T X.733).
type Severity uint8

// The severities, with the numbers that O-RAN gives them.
const (
	SeverityCritical Severity = iota
	SeverityMajor
	SeverityMinor
	SeverityWarning
	SeverityIndeterminate
	SeverityCleared
)

var severityNames = [...]string{"CRITICAL", "MAJOR", "MINOR", "WARNING", "INDETERMINATE", "CLEARED"}

// String returns the severity's name, such as "CRITICAL".
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("Severity(%d)", uint8(s))
}

// ParseSeverity returns the severity of that name.
func ParseSeverity(name string) (Severity, error) {
	for i, n := range severityNames {
		if n == name {
			return Severity(i), nil
		}
	}
	return 0, fmt.Errorf("unknown severity %q: want one of %v", name, severityNames)
}

// Alarm is one alarm event record (O2-IMS AlarmEventRecord), from when it is raised
// until its retention is over. Header.Backend is AlarmBook; Header.NativeID is the
// source's own id of what it reports; Header.Name is the alarm's name and
// Header.Description what the source says of it; Header.Tenant is the resource's.
// Times are to the millisecond, zero where unset.
type Alarm struct {
	Header
	// Source is the adapter or receiver that reports it.
	Source string
	// ResourceTypeID and ResourceID are those of the resource that has it.
	ResourceTypeID, ResourceID ID
	// DefinitionID is the AlarmDefinition's.
	DefinitionID ID
	// ProbableCauseID is that of the ProbableCause.
	ProbableCauseID ID
	Severity        Severity
	// Clearing is that of the definition when it was raised.
	Clearing ClearingType

	RaisedAt, ChangedAt, ClearedAt, AcknowledgedAt time.Time
	Acknowledged                                   bool

	// ProbableCause is the name that ProbableCauseID was made of, "" if not known.
	// It and Held are not part of the canonical state.
	ProbableCause string
	// Held: an operator has cleared it, and its source goes on reporting it.
	Held bool
}

// AlarmBook is the Header.Backend of every alarm.
const AlarmBook = "netweave-alarms"

// Kind returns KindAlarm.
func (*Alarm) Kind() Kind { return KindAlarm }

// Cleared reports whether the alarm is over.
func (a *Alarm) Cleared() bool { return a.Severity == SeverityCleared }

func (a *Alarm) state(dst []byte) []byte {
	for _, text := range [...]string{
		a.Source, string(a.ResourceTypeID), string(a.ResourceID), string(a.DefinitionID), string(a.ProbableCauseID),
	} {
		dst = appendText(dst, text)
	}
	dst = appendText(append(dst, byte(a.Severity)), string(a.Clearing))
	for _, t := range [...]time.Time{a.RaisedAt, a.ChangedAt, a.ClearedAt, a.AcknowledgedAt} {
		dst = appendTime(dst, t)
	}
	return appendBool(dst, a.Acknowledged)
}

func (a *Alarm) shown(dst []byte) []byte {
	if a.ProbableCause == "" && !a.Held {
		return dst
	}
	return appendBool(appendText(dst, a.ProbableCause), a.Held)
}

func (r *recordReader) alarm(h Header) *Alarm {
	a := &Alarm{
		Header: h, Source: r.text(), ResourceTypeID: ID(r.text()), ResourceID: ID(r.text()),
		DefinitionID: ID(r.text()), ProbableCauseID: ID(r.text()),
		Severity: Severity(r.number()), Clearing: ClearingType(r.text()),
		RaisedAt: r.time(), ChangedAt: r.time(), ClearedAt: r.time(), AcknowledgedAt: r.time(),
		Acknowledged: r.bool(),
	}
	if r.more() {
		a.ProbableCause, a.Held = r.text(), r.bool()
	}
	return a
}

// ClearingType tells who may clear an alarm.
type ClearingType string

// The clearing types of O-RAN.WG6.O2IMS-INTERFACE.
const (
	// ClearingAutomatic: it is cleared when its cause is gone, and by nobody else.
	ClearingAutomatic ClearingType = "AUTOMATIC"
	// ClearingManual: an operator clears it.
	ClearingManual ClearingType = "MANUAL"
)

// AlarmChange tells how a definition came to be in its dictionary.
type AlarmChange string

// The changes of O-RAN.WG6.O2IMS-INTERFACE.
const (
	AlarmAdded    AlarmChange = "ADDED"
	AlarmDeleted  AlarmChange = "DELETED"
	AlarmModified AlarmChange = "MODIFIED"
)

// AlarmDefinition describes an alarm that resources of a type can raise (O2-IMS
// AlarmDefinition).
type AlarmDefinition struct {
	// ID is AlarmDefinitionID of the type and the native id.
	ID ID
	// NativeID is the source's own name of it, unique within its resource type.
	NativeID string
	Name     string
	// LastChange is the version of the dictionary in which it last changed, and
	// Change how.
	LastChange  string
	Change      AlarmChange
	Description string
	// RepairActions says what to do about it.
	RepairActions string
	Clearing      ClearingType
	// ProbableCause is the name of the usual cause; ProbableCauseID makes its id.
	ProbableCause string
	// AdditionalFields is a JSON object in canonical form, "" for none.
	AdditionalFields JSON
}

func (d *AlarmDefinition) state(dst []byte) []byte {
	for _, text := range [...]string{
		string(d.ID), d.NativeID, d.Name, d.LastChange, string(d.Change), d.Description, d.RepairActions,
		string(d.Clearing), d.ProbableCause, string(d.AdditionalFields),
	} {
		dst = appendText(dst, text)
	}
	return dst
}

func (r *recordReader) alarmDefinitions() []AlarmDefinition {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.fail()
		return nil
	}
	list := make([]AlarmDefinition, 0, n)
	for range n {
		list = append(list, AlarmDefinition{
			ID: ID(r.text()), NativeID: r.text(), Name: r.text(), LastChange: r.text(), Change: AlarmChange(r.text()),
			Description: r.text(), RepairActions: r.text(), Clearing: ClearingType(r.text()), ProbableCause: r.text(),
			AdditionalFields: JSON(r.text()),
		})
	}
	return list
}

// AlarmDictionaryID derives the id of a resource type's alarm dictionary.
func AlarmDictionaryID(resourceType ID) ID { return derived("alarmDictionary", string(resourceType)) }

// AlarmDefinitionID derives the id of a resource type's alarm definition from the
// backend's name for it.
func AlarmDefinitionID(resourceType ID, native string) ID {
	return derived("alarmDefinition", string(resourceType), native)
}

// ProbableCauseID derives the id of a probable cause from its name.
func ProbableCauseID(name string) ID { return derived("probableCause", name) }

// AlarmID derives the id of an alarm event record: what source calls native,
// raised at that time. The same raised again is another.
func AlarmID(source, native string, raised time.Time) ID {
	return derived("alarm", source, native, string(binary.BigEndian.AppendUint64(nil, uint64(raised.UnixMilli()))))
}

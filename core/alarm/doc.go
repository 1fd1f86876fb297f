// Package alarm is the alarm service: alarm event records from when they are
// raised until their retention is over, behind the driving ports of ports/alarms.
//
// Records are in the store (ports/alarmstore), which all processes of a gateway
// share. The Book has every record of it: it is a backend.Backend whose view lists
// and reads of alarms are answered from, and from which changes become events as
// all others do. What a process writes is in its own view before the write returns.
//
// Sources are the adapters that report alarms. The Keeper, where this process
// leads, asks each of them again and again and compares what it says with the
// records: what is new is raised, what differs changed, what is missing from a
// list that was whole cleared. A list that fails clears nothing. What an operator
// has cleared is held: it is not raised again while its source goes on reporting
// it. A cleared record is removed when its retention is over.
//
// Receivers, such as a webhook, report through the Service, in any process.
//
// Every write names the version that it is based on, so that no two processes undo
// each other's.
package alarm

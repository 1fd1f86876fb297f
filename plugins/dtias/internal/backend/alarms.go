package backend

import (
	"context"
	"iter"
	"strconv"
	"strings"

	"github.com/netweave/netweave/plugins/dtias/internal/api"
	"github.com/netweave/netweave/sdk"
)

// alarmDictionaryVersion is that of every server type's alarms.
const alarmDictionaryVersion = "1"

// The alarms that a server can have.
const (
	alarmServerHealth = "server-health"
	alarmServerFailed = "server-failed"
	alarmDiskHealth   = "disk-health"
)

var definitions = []sdk.AlarmDefinition{
	{
		ID: alarmServerHealth, Name: "Server not healthy", Description: "DTIAS says that the server is not healthy.",
		RepairActions: "Look at the server's management controller for what is wrong.", ProbableCause: "equipmentMalfunction",
		LastChange: alarmDictionaryVersion, Change: sdk.AlarmAdded, Clearing: sdk.ClearingAutomatic,
	},
	{
		ID: alarmServerFailed, Name: "Server failed", Description: "DTIAS could not provision the server, or has given it up.",
		RepairActions: "See in DTIAS why it failed; release the server and allocate another.", ProbableCause: "equipmentMalfunction",
		LastChange: alarmDictionaryVersion, Change: sdk.AlarmAdded, Clearing: sdk.ClearingAutomatic,
	},
	{
		ID: alarmDiskHealth, Name: "Disk not healthy", Description: "DTIAS says that a disk of the server is not healthy.",
		RepairActions: "Replace the disk.", ProbableCause: "diskFailure",
		LastChange: alarmDictionaryVersion, Change: sdk.AlarmAdded, Clearing: sdk.ClearingAutomatic,
	},
}

// ListAlarms yields what the states of servers and their disks raise. DTIAS does not
// say since when.
func (b *Backend) ListAlarms(ctx context.Context) iter.Seq2[*sdk.Alarm, error] {
	servers, err := b.ownServers(ctx)
	if err == nil {
		err = ctx.Err()
	}
	var alarms []*sdk.Alarm
	for i := range servers {
		alarms = append(alarms, alarmsOf(&servers[i])...)
	}
	return func(yield func(*sdk.Alarm, error) bool) {
		for alarm, err := range sdk.List(alarms, err) {
			if err == nil && ctx.Err() != nil {
				alarm, err = nil, ctx.Err()
			}
			if !yield(alarm, err) || err != nil {
				return
			}
		}
	}
}

// alarmsOf are a server's, in an order of ours.
func alarmsOf(s *api.Server) []*sdk.Alarm {
	var all []*sdk.Alarm
	raise := func(part, definition, says string, severity sdk.Severity, about map[string]any) {
		for _, d := range definitions {
			if d.ID == definition {
				about["dtias.says"] = says
				all = append(all, &sdk.Alarm{
					ID: s.ID + "/" + part, ResourceID: s.ID, DefinitionID: definition, Severity: severity,
					Description: d.Description, Extensions: about,
				})
			}
		}
	}
	if severity, ill := illness(s.HealthState); ill {
		raise("health", alarmServerHealth, s.HealthState, severity, map[string]any{})
	}
	if state := strings.ToLower(s.State); strings.Contains(state, "fail") || strings.Contains(state, "error") {
		raise("state", alarmServerFailed, s.State, sdk.SeverityCritical, map[string]any{})
	}
	seen := map[string]bool{}
	for i, disk := range s.Storage {
		id := disk.ID
		if id == "" || seen[id] {
			id = "#" + strconv.Itoa(i)
		}
		seen[id] = true
		if severity, ill := illness(disk.Health); ill {
			raise("disk/"+id, alarmDiskHealth, disk.Health, severity, map[string]any{"dtias.disk": id})
		}
	}
	return all
}

// illness is how bad a state of health is. Which words DTIAS has for it is not all
// known: one that nobody has heard of is bad in a way that cannot be told.
func illness(state string) (severity sdk.Severity, ill bool) {
	switch strings.ToLower(state) {
	case "", "healthy", "ok", "good", "normal":
		return "", false
	case "warning":
		return sdk.SeverityWarning, true
	case "degraded", "minor":
		return sdk.SeverityMinor, true
	case "unhealthy", "major":
		return sdk.SeverityMajor, true
	case "critical", "failed", "error", "offline":
		return sdk.SeverityCritical, true
	default:
		return sdk.SeverityIndeterminate, true
	}
}

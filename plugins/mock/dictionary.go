package main

import (
	"slices"

	"github.com/netweave/netweave/sdk"
)

// dictionaryVersion is that of every model's alarms.
const dictionaryVersion = "1.0"

// fault is an alarm that resources of a model can raise.
type fault struct {
	id, name, text, repair, cause string
	severity                      sdk.Severity
	clearing                      sdk.ClearingType
}

// The ways in which what is made up can break, by model. In turn they are for the
// cloud and for an operator to clear.
var breakdowns = [...][]fault{
	modelServer: {
		{"cpu-overheat", "Processor too hot", "The temperature of a processor is above its limit.",
			"Check the air flow and the fans of the server.", "temperatureUnacceptable", sdk.SeverityMajor, sdk.ClearingAutomatic},
		{"memory-errors", "Memory errors", "Correctable errors of a memory module are too frequent.",
			"Replace the module at the next maintenance, then clear the alarm.", "corruptData", sdk.SeverityWarning, sdk.ClearingManual},
		{"power-supply-lost", "Power supply lost", "One of two power supplies gives no power.",
			"Check the feed; replace the power supply.", "powerProblem", sdk.SeverityCritical, sdk.ClearingAutomatic},
		{"disk-wear", "Disk worn", "A disk has little of its life left.",
			"Replace the disk, then clear the alarm.", "storageCapacityProblem", sdk.SeverityMinor, sdk.ClearingManual},
	},
	modelCard: {
		{"card-lost", "Accelerator lost", "The accelerator does not answer on its bus.",
			"Reset the card; reseat it if that does not help.", "equipmentMalfunction", sdk.SeverityCritical, sdk.ClearingAutomatic},
		{"card-firmware", "Accelerator firmware outdated", "The firmware of the accelerator is not the one that is asked for.",
			"Update the firmware, then clear the alarm.", "versionMismatch", sdk.SeverityMinor, sdk.ClearingManual},
	},
	modelNIC: {
		{"link-down", "Link down", "A port has no link.",
			"Check the cable and the port at the other end.", "lossOfSignal", sdk.SeverityMajor, sdk.ClearingAutomatic},
		{"clock-unlocked", "Clock not locked", "The card's clock follows no source of precise time.",
			"Check the source and the way to it, then clear the alarm.", "timingProblem", sdk.SeverityIndeterminate, sdk.ClearingManual},
	},
	modelSwitch: {
		{"uplink-down", "Uplink down", "One of the switch's uplinks has no link.",
			"Check the cable and the port at the other end.", "lossOfSignal", sdk.SeverityCritical, sdk.ClearingAutomatic},
		{"fan-failed", "Fan failed", "A fan of the switch stands still.",
			"Replace the fan tray, then clear the alarm.", "coolingFanFailure", sdk.SeverityMinor, sdk.ClearingManual},
	},
	modelStorage: {
		{"capacity-low", "Little space left", "More than nine tenths of the array are taken.",
			"Delete or move volumes.", "storageCapacityProblem", sdk.SeverityWarning, sdk.ClearingAutomatic},
		{"controller-failed", "Controller failed", "One of two controllers does not answer.",
			"Replace the controller, then clear the alarm.", "equipmentMalfunction", sdk.SeverityMajor, sdk.ClearingManual},
	},
}

// definitions is a model's alarm dictionary.
func definitions(m int) []sdk.AlarmDefinition {
	list := make([]sdk.AlarmDefinition, 0, len(breakdowns[m]))
	for _, f := range breakdowns[m] {
		list = append(list, sdk.AlarmDefinition{
			ID: f.id, Name: f.name, Description: f.text, RepairActions: f.repair, LastChange: dictionaryVersion,
			Change: sdk.AlarmAdded, Clearing: f.clearing, ProbableCause: f.cause,
			AdditionalFields: map[string]any{"mock.severity": string(f.severity)},
		})
	}
	return list
}

// faultsOf are a model's alarms that are cleared in that way, "" for any.
func faultsOf(m int, clearing sdk.ClearingType) []fault {
	return slices.DeleteFunc(slices.Clone(breakdowns[m]), func(f fault) bool { return clearing != "" && f.clearing != clearing })
}

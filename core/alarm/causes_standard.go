package alarm

import "strings"

// standardCause is a probable cause of ITU-T X.733 (or, where its description says
// so, of X.736 or M.3160).
type standardCause struct{ name, description string }

// indeterminate is the cause of what nobody knows the cause of.
const indeterminate = "Indeterminate"

// standardCauses are by name. Their names make their ids, and never change.
var standardCauses = []standardCause{
	{"Adapter error", "An adapter, which connects equipment to what it serves, has failed."},
	{"Application subsystem failure", "A part of an application has failed."},
	{"Authentication failure", "Somebody could not show who they are (X.736)."},
	{"Bandwidth reduced", "A link carries less than it should."},
	{"Battery failing", "A battery is about to fail or is discharged (M.3160)."},
	{"Call establishment error", "A connection could not be established."},
	{"Commercial power failure", "The mains supply has failed (M.3160)."},
	{"Communications protocol error", "A communications protocol was violated."},
	{"Communications subsystem failure", "A part that serves communication has failed."},
	{"Configuration or customization error", "Something was generated, installed or configured wrongly."},
	{"Congestion", "Something has reached its capacity, or is close to it."},
	{"Cooling fan failure", "A fan has failed (M.3160)."},
	{"Cooling system failure", "What cools has failed (M.3160)."},
	{"Corrupt data", "Data are wrong, and so cannot be relied on."},
	{"CPU cycles limit exceeded", "More processor time was used than is allowed."},
	{"Data set or modem error", "A data set or a modem has failed."},
	{"Degraded signal", "A signal is worse than it should be."},
	{"DTE-DCE interface error", "The interface between terminal equipment and network has a problem."},
	{"Enclosure door open", "The door of an enclosure is open."},
	{"Equipment malfunction", "A piece of equipment does not work, for a reason that is not known."},
	{"Excessive vibration", "Something vibrates more than it may."},
	{"File error", "A file or its format is wrong."},
	{"Fire detected", "Fire was detected."},
	{"Flood detected", "Water was detected where there should be none."},
	{"Framing error", "The boundaries in a stream of data could not be found."},
	{"Heating, ventilation or cooling system problem", "What keeps the climate has a problem."},
	{"Humidity unacceptable", "The humidity is outside its limits."},
	{indeterminate, "The cause is not known."},
	{"Input device error", "An input device has failed."},
	{"Input/output device error", "A device for input and output has failed."},
	{"LAN error", "A local network has a fault."},
	{"Leak detected", "Something that is not dangerous leaks."},
	{"Local node transmission error", "Between this node and its neighbour something was transmitted wrongly."},
	{"Loss of frame", "The boundaries in a stream of data are lost."},
	{"Loss of signal", "There is no signal."},
	{"Material supply exhausted", "A supply of something is used up."},
	{"Multiplexer problem", "A multiplexer has failed."},
	{"Out of memory", "There is no memory left to be had."},
	{"Output device error", "An output device has failed."},
	{"Performance degraded", "Something does less than it should, or more slowly."},
	{"Power problem", "The supply of power has a problem."},
	{"Pressure unacceptable", "The pressure is outside its limits."},
	{"Processor problem", "A processor has failed or misbehaves."},
	{"Pump failure", "A pump has failed."},
	{"Queue size exceeded", "More items wait than may."},
	{"Receive failure", "A receiver has failed."},
	{"Receiver failure", "The equipment that receives has failed."},
	{"Remote node transmission error", "On the far side of the neighbour something was transmitted wrongly."},
	{"Resource at or nearing capacity", "Something is used nearly to its limit."},
	{"Response time excessive", "An answer takes longer than it may."},
	{"Retransmission rate excessive", "Too much has to be sent again."},
	{"Software error", "A program is faulty."},
	{"Software program abnormally terminated", "A program has ended as it should not."},
	{"Software program error", "An error in a program has made its results wrong."},
	{"Storage capacity problem", "A store is full, or nearly."},
	{"Temperature unacceptable", "The temperature is outside its limits."},
	{"Threshold crossed", "A value has crossed a limit that was set for it."},
	{"Timing problem", "Something that has to keep time does not."},
	{"Toxic leak detected", "Something dangerous leaks."},
	{"Transmit failure", "A transmitter has failed."},
	{"Transmitter failure", "The equipment that transmits has failed."},
	{"Underlying resource unavailable", "Something that this depends on is not there."},
	{"Version mismatch", "Two parts that work together are of versions that do not."},
}

// standardNames has the standard names by what is left of them without spaces,
// punctuation and case.
var standardNames = func() map[string]string {
	names := make(map[string]string, len(standardCauses))
	for _, c := range standardCauses {
		names[bare(c.name)] = c.name
	}
	return names
}()

// causeName returns the name that a cause goes by: the standard's, however it is
// spelled, else its own.
func causeName(name string) string {
	name = strings.TrimSpace(name)
	if name == "" {
		return indeterminate
	}
	if standard, ok := standardNames[bare(name)]; ok {
		return standard
	}
	return name
}

func bare(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r > 127:
			return r
		}
		return -1
	}, name)
}

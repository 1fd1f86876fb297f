package alarmstore

import (
	"fmt"

	"github.com/netweave/netweave/core/o2"
)

// Encode returns an alarm as stores keep it: without its revision, which is the
// record's version.
func Encode(a *o2.Alarm) []byte {
	kept := *a
	kept.Revision = 0
	return o2.Encode(&kept)
}

// Decode returns the record that Encode wrote, with its version.
func Decode(version uint64, raw []byte) (Record, error) {
	o, err := o2.Decode(raw)
	if err != nil {
		return Record{}, err
	}
	a, ok := o.(*o2.Alarm)
	if !ok {
		return Record{}, fmt.Errorf("an alarm's record holds a %v", o.Kind())
	}
	a.Revision = version
	return Record{Version: version, Alarm: a}, nil
}

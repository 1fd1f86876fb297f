package monitoringv1

import (
	"fmt"
	"slices"

	"github.com/netweave/netweave/core/o2"
)

// eventType is what happened to an alarm (O2-IMS AlarmNotificationEventType), with
// the numbers that O-RAN gives them.
type eventType int

const (
	eventNew eventType = iota
	eventChange
	eventClear
	eventAcknowledge
)

var eventNames = []string{eventNew: "NEW", eventChange: "CHANGE", eventClear: "CLEAR", eventAcknowledge: "ACKNOWLEDGE"}

func (t eventType) String() string { return eventNames[t] }

func parseEventType(name string) (eventType, bool) {
	i := slices.Index(eventNames, name)
	return eventType(i), i >= 0
}

// eventTypeOf says what an event tells of an alarm, which is as given then. told is
// false for what is not told: that an alarm is no longer kept, and that a subscriber
// starts anew, which the alarms themselves then tell.
func eventTypeOf(e *o2.Event) (t eventType, post *o2.Alarm, told bool, err error) {
	if e.Type == o2.EventDeleted || e.Type == o2.EventResync {
		return 0, nil, false, nil
	}
	post, ok := e.Post.(*o2.Alarm)
	if !ok {
		return 0, nil, false, fmt.Errorf("event %s, %s, is not about an alarm, or lacks what it is now: %s %s",
			e.ID, e.Type, e.Object.Kind, e.Object.ID)
	}
	switch e.Type {
	case o2.EventCreated:
		// An alarm that is over before anyone was told of it, or that is told to a
		// subscriber that starts anew, is not news.
		if post.Cleared() {
			return eventClear, post, true, nil
		}
		return eventNew, post, true, nil
	case o2.EventModified:
		prior, ok := e.Prior.(*o2.Alarm)
		switch {
		case !ok:
			return 0, nil, false, fmt.Errorf("event %s, %s, lacks what alarm %s was", e.ID, e.Type, e.Object.ID)
		case post.Cleared() && !prior.Cleared():
			return eventClear, post, true, nil
		case prior.Cleared() && !post.Cleared():
			return eventNew, post, true, nil // it is there again
		case post.Acknowledged && !prior.Acknowledged:
			return eventAcknowledge, post, true, nil
		}
		return eventChange, post, true, nil
	case o2.EventDeleted, o2.EventResync:
	}
	return 0, nil, false, fmt.Errorf("event %s is of no type that can be told: %s", e.ID, e.Type)
}

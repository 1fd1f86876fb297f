package nouns

import (
	"fmt"

	"github.com/netweave/netweave/core/o2"
)

// StatesOf returns the states that an event of its type shows, or what it lacks.
func StatesOf(e *o2.Event) (prior, post o2.Object, err error) {
	switch e.Type {
	case o2.EventCreated:
		post = e.Post
	case o2.EventModified:
		prior, post = e.Prior, e.Post
	case o2.EventDeleted:
		prior = e.Prior
	case o2.EventResync:
		return nil, nil, nil
	default:
		return nil, nil, fmt.Errorf("event %s is of no type that can be told: %s", e.ID, e.Type)
	}
	if prior == nil && e.Type != o2.EventCreated || post == nil && e.Type != o2.EventDeleted {
		return nil, nil, fmt.Errorf("event %s, %s, lacks a state of %s %s that it tells of", e.ID, e.Type, e.Object.Kind, e.Object.ID)
	}
	if e.Object.Kind >= o2.KindAlarm {
		return nil, nil, fmt.Errorf("event %s is about an object of no known kind: %s", e.ID, e.Object.Kind)
	}
	return prior, post, nil
}

package smo

import (
	"bytes"
	"fmt"
)

// Copy is the inventory as one subscription's notifications tell it. It is not
// safe for concurrent use.
type Copy struct {
	// joinedLate: the subscription asked for no initial state, so that objects
	// may be unknown to the copy.
	joinedLate bool
	objects    map[Key][]byte
	applied    map[string]bool
	// gone holds what the copy has heard the end of: never unknown again.
	gone map[Key]bool
}

// NewCopy returns an empty copy. joinedLate says that the subscription asked for
// no initial state.
func NewCopy(joinedLate bool) *Copy {
	return &Copy{joinedLate: joinedLate, objects: map[Key][]byte{}, applied: map[string]bool{}, gone: map[Key]bool{}}
}

// Apply takes a notification in. A repeated event changes nothing and is told by
// repeated. The error says which promise the notification breaks; the copy takes
// its post state all the same.
func (c *Copy) Apply(n *Notification) (repeated bool, err error) {
	if c.applied[n.EventID] {
		return true, nil
	}
	c.applied[n.EventID] = true
	if n.Resync {
		clear(c.objects)
		clear(c.gone)
		// After a resync an event for every object follows.
		c.joinedLate = false
		return false, nil
	}
	key := n.Object()
	err = c.check(key, n)
	if n.PostState == nil {
		delete(c.objects, key)
		c.gone[key] = true
	} else {
		c.objects[key] = n.PostState
		delete(c.gone, key)
	}
	return false, err
}

func (c *Copy) check(key Key, n *Notification) error {
	if err := checkShape(n); err != nil {
		return err
	}
	have, ok := c.objects[key]
	if n.EventType == "created" {
		if ok {
			return fmt.Errorf("%s is created, but the copy has it as %s", key, have)
		}
		return nil
	}
	if !ok {
		if c.joinedLate && !c.gone[key] {
			return nil
		}
		return fmt.Errorf("%s is %s, but the copy does not have it", key, n.EventType)
	}
	if !bytes.Equal(have, n.PriorState) {
		return fmt.Errorf("%s is %s, but the state before is not the copy's:\n  copy  %s\n  prior %s", key, n.EventType, have, n.PriorState)
	}
	return nil
}

// checkShape holds a notification against what its type promises.
func checkShape(n *Notification) error {
	prior, post := n.PriorState != nil, n.PostState != nil
	switch {
	case n.EventType == "created" && !prior && post:
	case n.EventType == "modified" && prior && post:
		if bytes.Equal(n.PriorState, n.PostState) {
			return fmt.Errorf("%s is modified, but both states are %s", n.Object(), n.PostState)
		}
	case n.EventType == "deleted" && prior && !post:
	default:
		return fmt.Errorf("%s: an event of type %q with a prior state (%t) and a post state (%t)", n.Object(), n.EventType, prior, post)
	}
	return nil
}

// Objects returns what the copy holds, each state in the form of Canonical.
func (c *Copy) Objects() map[Key]string {
	objects := make(map[Key]string, len(c.objects))
	for key, state := range c.objects {
		objects[key] = string(state)
	}
	return objects
}

// Events counts the events taken in, repeated ones once.
func (c *Copy) Events() int { return len(c.applied) }

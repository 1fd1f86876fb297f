package smo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Notification is what netweave POSTs under /o2ims/v1.
type Notification struct {
	EventID                string          `json:"eventId"`
	SubscriptionID         string          `json:"subscriptionId"`
	ConsumerSubscriptionID string          `json:"consumerSubscriptionId"`
	EventType              string          `json:"eventType"`
	ObjectType             string          `json:"objectType"`
	ObjectID               string          `json:"objectId"`
	ObjectRef              string          `json:"objectRef"`
	Timestamp              time.Time       `json:"timestamp"`
	PriorState             json.RawMessage `json:"priorState"`
	PostState              json.RawMessage `json:"postState"`
	Resync                 bool            `json:"resync"`
}

// Key names one object of any type.
type Key struct{ Type, ID string }

// String returns "Resource 1234".
func (k Key) String() string { return k.Type + " " + k.ID }

// Object returns what the notification is about.
func (n *Notification) Object() Key { return Key{Type: n.ObjectType, ID: n.ObjectID} }

// parse reads a notification and brings its states into one form, so that equal
// states are equal texts.
func parse(body []byte) (*Notification, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	n := &Notification{}
	if err := decoder.Decode(n); err != nil {
		return nil, fmt.Errorf("a notification cannot be read: %w", err)
	}
	for _, state := range []*json.RawMessage{&n.PriorState, &n.PostState} {
		plain, err := plainState(*state)
		if err != nil {
			return nil, fmt.Errorf("a notification's state cannot be read: %w", err)
		}
		*state = plain
	}
	if n.EventID == "" || n.SubscriptionID == "" || n.ObjectType == "" || n.ObjectID == "" || n.Timestamp.IsZero() {
		return nil, fmt.Errorf("a notification lacks an attribute: %s", body)
	}
	return n, nil
}

// plainState re-encodes a state with sorted keys; nothing and null are nil.
func plainState(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var state map[string]any
	if err := decoder.Decode(&state); err != nil {
		return nil, err
	}
	return json.Marshal(state)
}

// volatile are extensions whose change is no event; a list shows them, a
// notification does not.
var volatile = []string{
	"k8s.nodes",
	"k8s.machineset.readyReplicas", "k8s.machineset.availableReplicas",
	"k8s.machinedeployment.readyReplicas", "k8s.machinedeployment.availableReplicas",
}

// Canonical returns the part of a listed object that notifications carry, in the
// form in which a Copy keeps it.
func Canonical(listed map[string]any) (string, error) {
	slim := make(map[string]any, len(listed))
	for key, value := range listed {
		slim[key] = value
	}
	if _, ok := slim["deploymentManagerId"]; ok {
		slim["capacity"] = map[string]any{}
	}
	if extensions, ok := slim["extensions"].(map[string]any); ok {
		rest := make(map[string]any, len(extensions))
		for key, value := range extensions {
			rest[key] = value
		}
		for _, key := range volatile {
			delete(rest, key)
		}
		slim["extensions"] = rest
	}
	raw, err := json.Marshal(slim)
	return string(raw), err
}

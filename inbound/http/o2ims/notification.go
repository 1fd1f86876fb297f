package o2ims

import (
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
)

// nounSubscription is the data type of subscriptions, as errors and rights name it.
const nounSubscription = "Subscription"

// collections are where objects of each kind are served.
var collections = [o2.KindCount]string{
	o2.KindDeploymentManager: "/deploymentManagers/", o2.KindResourcePool: "/resourcePools/",
	o2.KindResource: "/resources/", o2.KindResourceType: "/resourceTypes/",
}

// notifier encodes notifications.
type notifier struct {
	version *Version
	// base is where the API is served: a URL or a path.
	base string
}

// encode is the family's Encode: equal events, equal bytes.
func (n notifier) encode(s *o2.Subscription, e *o2.Event) ([]byte, error) {
	prior, post, err := statesOf(e)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, 1024)
	b = jsontext.Append(append(b, `{"eventId":`...), string(e.ID))
	b = jsontext.Append(append(b, `,"subscriptionId":`...), string(s.ID))
	b = nouns.AppendOptional(b, `,"consumerSubscriptionId":`, s.ConsumerSubscriptionID)
	if e.Type == o2.EventResync {
		b = jsontext.Append(append(b, `,"eventType":"modified","objectType":"Subscription","objectId":`...), string(s.ID))
		b = jsontext.Append(append(b, `,"objectRef":`...), n.base+pathSubscriptions+string(s.ID))
		b = nouns.AppendTime(append(b, `,"timestamp":`...), e.At)
		return append(b, `,"resync":true}`...), nil
	}
	b = jsontext.Append(append(b, `,"eventType":`...), e.Type.String())
	b = jsontext.Append(append(b, `,"objectType":`...), e.Object.Kind.String())
	b = jsontext.Append(append(b, `,"objectId":`...), string(e.Object.ID))
	if e.Type != o2.EventDeleted {
		b = jsontext.Append(append(b, `,"objectRef":`...), n.base+collections[e.Object.Kind]+string(e.Object.ID))
	}
	b = nouns.AppendTime(append(b, `,"timestamp":`...), e.At)
	if prior != nil {
		b = append(append(b, `,"priorState":`...), n.version.State(prior)...)
	}
	if post != nil {
		b = append(append(b, `,"postState":`...), n.version.State(post)...)
	}
	return append(b, '}'), nil
}

// statesOf returns the states that an event of its type shows, or what it lacks.
func statesOf(e *o2.Event) (prior, post o2.Object, err error) {
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

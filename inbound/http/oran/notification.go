package oran

import (
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/subscription"
)

// Family returns what the core needs for the subscriptions made under a version of
// the inventory. It is served at base behind externalURL, without which objectRef is a
// path.
func (m *Model) Family(surface, externalURL, base string) subscription.Family {
	n := notifier{base: strings.TrimSuffix(externalURL, "/") + base, whole: m.Whole}
	return subscription.Family{
		Surface: surface, Compile: m.Events.Compile, ContentType: "application/json", Encode: n.encode,
	}
}

// notifier encodes notifications.
type notifier struct {
	base  string
	whole inventory.Projection
}

// eventTypes are the numbers that the standard gives them.
var eventTypes = map[o2.EventType]string{o2.EventCreated: "0", o2.EventModified: "1", o2.EventDeleted: "2"}

// encode is the family's Encode: equal events, equal bytes. The standard knows no
// way to say that changes were missed: such an event is not sent, and what follows it
// is the creation of every object that there is.
func (n notifier) encode(s *o2.Subscription, e *o2.Event) ([]byte, error) {
	prior, post, err := nouns.StatesOf(e)
	if err != nil || e.Type == o2.EventResync {
		return nil, err
	}
	b := make([]byte, 0, 1024)
	b = jsontext.Append(append(b, `{"notificationId":`...), string(e.ID))
	b = append(append(b, `,"notificationEventType":`...), eventTypes[e.Type]...)
	b = nouns.AppendOptional(b, `,"consumerSubscriptionId":`, s.ConsumerSubscriptionID)
	if post != nil {
		b = nouns.AppendOptional(b, `,"objectRef":`, n.refTo(post))
	}
	b = nouns.AppendTime(append(b, `,"updateTime":`...), e.At)
	if prior != nil {
		b = append(append(b, `,"priorObjectState":`...), n.whole(prior)...)
	}
	if post != nil {
		b = append(append(b, `,"postObjectState":`...), n.whole(post)...)
	}
	return append(b, '}'), nil
}

// refTo returns where an object is served, "" if that is nowhere: a resource without
// a pool.
func (n notifier) refTo(o o2.Object) string {
	id := string(o.Head().ID)
	switch o := o.(type) {
	case *o2.DeploymentManager:
		return n.base + "/deploymentManagers/" + id
	case *o2.ResourcePool:
		return n.base + "/resourcePools/" + id
	case *o2.ResourceType:
		return n.base + "/resourceTypes/" + id
	case *o2.Resource:
		if o.ResourcePoolID != "" {
			return n.base + "/resourcePools/" + string(o.ResourcePoolID) + "/resources/" + id
		}
	}
	return ""
}

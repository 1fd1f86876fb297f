package o2ims

import (
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
	prior, post, err := nouns.StatesOf(e)
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

package oran

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/subscription"
)

// nounSubscription is the data type of subscriptions, as errors and rights name it.
const nounSubscription = "Subscription"

// subscribed is the subscription as it is shown: what it has is the standard's alone.
var subscribed = reading.Collection[*subscription.Subscribed]{
	Schema: query.NewSchema(nounSubscription,
		nouns.Reference("subscriptionId", query.NoIndex, true, func(s *subscription.Subscribed) o2.ID { return s.ID }),
		nouns.Mandatory("callback", func(s *subscription.Subscribed) string { return s.Callback }),
		nouns.Optional("consumerSubscriptionId", func(s *subscription.Subscribed) string { return s.ConsumerSubscriptionID }),
		nouns.Optional("filter", func(s *subscription.Subscribed) string { return s.Filter }),
	),
	Key: func(s *subscription.Subscribed) string { return string(s.ID) },
	Append: func(b []byte, s *subscription.Subscribed) []byte {
		b = jsontext.Append(append(b, `{"subscriptionId":`...), string(s.ID))
		b = jsontext.Append(append(b, `,"callback":`...), s.Callback)
		b = nouns.AppendOptional(b, `,"consumerSubscriptionId":`, s.ConsumerSubscriptionID)
		b = nouns.AppendOptional(b, `,"filter":`, s.Filter)
		return append(b, '}')
	},
}

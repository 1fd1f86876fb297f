package oran

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/subscription"
)

// subscribed is the subscription as it is shown: what it has is the standard's alone.
// noun is the data type's name and id that of what identifies it.
func subscribed(noun, id string) reading.Collection[*subscription.Subscribed] {
	return reading.Collection[*subscription.Subscribed]{
		Schema: query.NewSchema(noun,
			nouns.Reference(id, query.NoIndex, true, func(s *subscription.Subscribed) o2.ID { return s.ID }),
			nouns.Mandatory("callback", func(s *subscription.Subscribed) string { return s.Callback }),
			nouns.Optional("consumerSubscriptionId", func(s *subscription.Subscribed) string { return s.ConsumerSubscriptionID }),
			nouns.Optional("filter", func(s *subscription.Subscribed) string { return s.Filter }),
		),
		Key: func(s *subscription.Subscribed) string { return string(s.ID) },
		Append: func(b []byte, s *subscription.Subscribed) []byte {
			b = jsontext.Append(append(b, `{"`+id+`":`...), string(s.ID))
			b = jsontext.Append(append(b, `,"callback":`...), s.Callback)
			b = nouns.AppendOptional(b, `,"consumerSubscriptionId":`, s.ConsumerSubscriptionID)
			b = nouns.AppendOptional(b, `,"filter":`, s.Filter)
			return append(b, '}')
		},
	}
}

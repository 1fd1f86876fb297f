package o2ims

import (
	"strconv"

	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/ports/subscription"
)

// subscriptionSchema is the subscription as filters and selectors see it. Its
// objects are *subscription.Subscribed.
var subscriptionSchema = query.NewSchema(nounSubscription,
	query.Attribute{Name: "subscriptionId", Type: query.UUID, Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: string(subscribed(o).ID)}
	}},
	query.Attribute{Name: "callback", Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: subscribed(o).Callback}
	}},
	query.Attribute{Name: "consumerSubscriptionId", Get: func(o any) query.Value {
		text := subscribed(o).ConsumerSubscriptionID
		return query.Value{Text: text, Absent: text == ""}
	}},
	query.Attribute{Name: "filter", Get: func(o any) query.Value {
		text := subscribed(o).Filter
		return query.Value{Text: text, Absent: text == ""}
	}},
	query.Attribute{Name: "createdAt", Type: query.Time, Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: nouns.Time(subscribed(o).CreatedAt)}
	}},
	query.Attribute{Name: "updatedAt", Type: query.Time, Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: nouns.Time(subscribed(o).UpdatedAt)}
	}},
	query.Attribute{Name: "status", Type: query.JSON, Get: func(o any) query.Value {
		status := subscribed(o).Status
		if status == nil {
			return query.Value{Absent: true}
		}
		return query.Value{JSON: string(appendStatus(nil, status))}
	}},
)

func subscribed(o any) *subscription.Subscribed {
	return o.(*subscription.Subscribed) // another type is a fault of the code, to be heard of
}

// appendSubscription encodes s as this API shows it: never its secret.
func appendSubscription(b []byte, s *subscription.Subscribed) []byte {
	b = jsontext.Append(append(b, `{"subscriptionId":`...), string(s.ID))
	b = jsontext.Append(append(b, `,"callback":`...), s.Callback)
	b = nouns.AppendOptional(b, `,"consumerSubscriptionId":`, s.ConsumerSubscriptionID)
	b = nouns.AppendOptional(b, `,"filter":`, s.Filter)
	b = nouns.AppendTime(append(b, `,"createdAt":`...), s.CreatedAt)
	b = nouns.AppendTime(append(b, `,"updatedAt":`...), s.UpdatedAt)
	if s.Status != nil {
		b = appendStatus(append(b, `,"status":`...), s.Status)
	}
	return append(b, '}')
}

func appendStatus(b []byte, s *subscription.Status) []byte {
	b = jsontext.Append(append(b, `{"state":`...), string(s.State))
	b = strconv.AppendInt(append(b, `,"queueLength":`...), int64(s.Length), 10)
	b = nouns.AppendMoment(b, `,"oldestEventAt":`, s.Oldest)
	b = strconv.AppendInt(append(b, `,"attempts":`...), int64(s.Attempts), 10)
	b = nouns.AppendMoment(b, `,"nextAttemptAt":`, s.Next)
	b = nouns.AppendMoment(b, `,"lastSuccessAt":`, s.LastSuccess)
	b = nouns.AppendOptional(b, `,"lastError":`, s.LastError)
	b = nouns.AppendMoment(b, `,"lastErrorAt":`, s.LastFailure)
	b = strconv.AppendInt(append(b, `,"deadLetters":`...), int64(s.DeadLetters), 10)
	return append(b, '}')
}

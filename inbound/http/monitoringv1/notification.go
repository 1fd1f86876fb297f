package monitoringv1

import (
	"fmt"
	"strconv"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
)

// pathAlarms is where alarms are served, under Base.
const pathAlarms = "/alarms/"

// notifier encodes notifications.
type notifier struct {
	// base is where the API is served: a URL or a path.
	base string
	// cloud is the globalCloudID.
	cloud o2.ID
}

// encode is the family's Encode: equal events, equal bytes; nil for an event that
// the subscription does not hear of.
func (n notifier) encode(s *o2.Subscription, e *o2.Event) ([]byte, error) {
	t, alarm, told, err := eventTypeOf(e)
	if err != nil || !told {
		return nil, err
	}
	if hears, err := selects(s.Filter, t); err != nil || !hears {
		if err != nil {
			err = fmt.Errorf("reading the filter of subscription %s: %w", s.ID, err)
		}
		return nil, err
	}
	b := make([]byte, 0, 1024)
	b = jsontext.Append(append(b, `{"globalCloudID":`...), string(n.cloud))
	b = nouns.AppendOptional(b, `,"consumerSubscriptionId":`, s.ConsumerSubscriptionID)
	b = strconv.AppendInt(append(b, `,"notificationEventType":`...), int64(t), 10)
	b = jsontext.Append(append(b, `,"objectRef":`...), n.base+pathAlarms+string(alarm.ID))
	return append(appendRecord(append(b, ','), alarm), '}'), nil
}

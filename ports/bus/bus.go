// Package bus is the driven port for news between the processes of one gateway.
// News may be lost; whoever listens is told that some was, and then reads what
// it needs from the store. Nothing depends on news alone.
package bus

import "context"

// Topic names a kind of news.
type Topic string

// The topics. A channel of Redis has the prefix and the topic's name, and for
// the first two a third part, Message.Key: "cache:invalidate:Resource".
const (
	// CacheInvalidate: an object was written through the gateway. Key is its kind.
	CacheInvalidate Topic = "cache:invalidate"
	// Subscriptions: one was created, updated or deleted, which is the Key; the
	// body is its id.
	Subscriptions Topic = "subscriptions"
	// Deliveries: queues have something new. The body lists partitions, one byte
	// each. Without a body: partitions change hands, every controller is to join
	// the assignment before long.
	Deliveries Topic = "deliveries"
	// Snapshots: a new snapshot of a polled backend is there. The body is its name.
	Snapshots Topic = "snapshots"
	// Tenancy: a tenant, user, role or role binding was written. The body is its
	// key in the store: kind, tenant and name, with slashes between.
	Tenancy Topic = "tenancy"
	// Adapters: one was paused or resumed, or is to be read anew. The body is "look",
	// or "resync" and, behind a space, the adapter's name.
	Adapters Topic = "adapters"
	// Alarms: alarm event records were written. The body is empty.
	Alarms Topic = "alarms"
)

// Message is one piece of news.
type Message struct {
	Topic Topic
	Key   string
	Body  []byte
	// Missed says that messages of the topic were lost before this one. A message
	// with Missed may have neither Key nor Body.
	Missed bool
}

// Bus carries news. All methods are safe for concurrent use.
type Bus interface {
	// Publish sends m to every listener of its topic in every process, this one
	// included. The topic's number in the store grows with it, so that a listener
	// notices a loss.
	Publish(ctx context.Context, m Message) error
	// Listen calls fn with every message of the topics, one at a time and in order
	// within a topic, until ctx ends; it returns ctx.Err(). Losses are noticed
	// within two seconds even if nothing follows, and told with Missed; so are the
	// beginning, once for each topic, and every reconnection.
	Listen(ctx context.Context, topics []Topic, fn func(Message)) error
}

package redis

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/netweave/netweave/ports/bus"
	"github.com/redis/go-redis/v9"
)

// newsBus is Redis' pub/sub, which forgets what a listener does not take at
// once. So every message has a number, and listeners compare.
type newsBus struct{ *Store }

var _ bus.Bus = (*newsBus)(nil)

const (
	// busTick is how often a listener compares its numbers with the store's.
	busTick = 700 * time.Millisecond
	// busSilence is how long a connection may be silent, answers to our pings
	// included, before another is made.
	busSilence = 3 * time.Second
)

// Publish is as in bus.Bus.
func (b *newsBus) Publish(ctx context.Context, m bus.Message) error {
	channel := b.key(string(m.Topic))
	if m.Key != "" {
		channel += ":" + m.Key
	}
	_, err := b.run(ctx, "publish", "publishing news", string(m.Topic), channel, m.Body)
	return err
}

// Listen is as in bus.Bus.
func (b *newsBus) Listen(ctx context.Context, topics []bus.Topic, fn func(bus.Message)) error {
	l := &listener{newsBus: b, topics: topics, numbers: map[bus.Topic]*numbers{}, fn: fn}
	for _, t := range topics {
		l.numbers[t] = &numbers{}
	}
	for ctx.Err() == nil {
		err := l.listen(ctx)
		if ctx.Err() != nil {
			break
		}
		b.log.Debug("listening for news again", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(busTick / 3):
		}
	}
	return ctx.Err()
}

// listener is one call of Listen; one goroutine uses it.
type listener struct {
	*newsBus
	topics  []bus.Topic
	numbers map[bus.Topic]*numbers
	fn      func(bus.Message)
}

// numbers are those of one topic.
type numbers struct {
	// last is the number of the last message, once that is known.
	known bool
	last  uint64
	// stored is what the store said at the last tick.
	stored uint64
}

// listen listens over one connection until that ends.
func (l *listener) listen(ctx context.Context) error {
	patterns := make([]string, len(l.topics))
	for i, t := range l.topics {
		patterns[i] = l.key(string(t)) + "*"
	}
	sub := l.client.PSubscribe(ctx, patterns...)
	defer sub.Close()
	// A read is not ended by its context alone.
	unblock := context.AfterFunc(ctx, func() { sub.Close() })
	defer unblock()
	tick, heard := time.Now().Add(busTick), time.Now()
	for {
		if until := time.Until(tick); until > 0 {
			got, err := sub.ReceiveTimeout(ctx, until)
			var slow net.Error
			switch {
			case err == nil:
				heard = time.Now()
				l.take(got)
			case !errors.As(err, &slow) || !slow.Timeout() || ctx.Err() != nil:
				return err
			}
			continue
		}
		tick = time.Now().Add(busTick)
		if time.Since(heard) > busSilence {
			return errors.New("the connection is silent")
		}
		// The answer to a ping comes behind all that was sent before it: what has a
		// number by now and is not there by then is lost.
		if err := l.read(ctx); err != nil {
			return err
		}
		if err := sub.Ping(ctx); err != nil {
			return err
		}
	}
}

// take takes what came over the connection.
func (l *listener) take(got any) {
	switch got := got.(type) {
	case *redis.Subscription:
		// From here on nothing is lost; what came before, nobody knows.
		topic := bus.Topic(strings.TrimSuffix(strings.TrimPrefix(got.Channel, l.config.Prefix), "*"))
		n := l.numbers[topic]
		if n == nil || got.Kind != "psubscribe" {
			return
		}
		*n = numbers{}
		l.fn(bus.Message{Topic: topic, Missed: true})
	case *redis.Pong:
		for _, t := range l.topics {
			if l.numbers[t].compare() {
				l.fn(bus.Message{Topic: t, Missed: true})
			}
		}
	case *redis.Message:
		topic := bus.Topic(strings.TrimSuffix(strings.TrimPrefix(got.Pattern, l.config.Prefix), "*"))
		n := l.numbers[topic]
		rest, ours := strings.CutPrefix(got.Channel, l.key(string(topic)))
		key, keyed := strings.CutPrefix(rest, ":")
		digits, body, ok := strings.Cut(got.Payload, ":")
		number, err := strconv.ParseUint(digits, 10, 64)
		if n == nil || !ours || rest != "" && !keyed || !ok || err != nil {
			return // not of ours
		}
		missed := n.known && number != n.last+1
		n.known, n.last = true, number
		l.fn(bus.Message{Topic: topic, Key: key, Body: []byte(body), Missed: missed})
	}
}

// read asks the store for the numbers of all topics.
func (l *listener) read(ctx context.Context) error {
	const doing = "comparing the numbers of news"
	fields := make([]string, len(l.topics))
	for i, t := range l.topics {
		fields[i] = string(t)
	}
	stored, err := l.client.HMGet(ctx, l.key("bus"), fields...).Result()
	if err != nil {
		return failed(ctx, doing, err)
	}
	for i, t := range l.topics {
		n := l.numbers[t]
		n.stored = 0
		if s := text(stored[i]); s != "" {
			if n.stored, err = strconv.ParseUint(s, 10, 64); err != nil {
				return failed(ctx, doing, err)
			}
		}
	}
	return nil
}

// compare tells whether messages were sent and did not come, or had numbers that
// a failover has taken back.
func (n *numbers) compare() (missed bool) {
	behind := n.last < n.stored
	missed = n.known && behind
	if !n.known || behind {
		n.known, n.last = true, n.stored
	}
	return missed
}

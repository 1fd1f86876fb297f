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
	asked   bool // a ping is not answered yet
}

// tell tells of a loss, if there is one.
func (l *listener) tell(t bus.Topic, missed bool) {
	if missed {
		l.fn(bus.Message{Topic: t, Missed: true})
	}
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
	// One pattern for all: that of the channels which the documented access control
	// lets through, as Redis takes no narrower one then.
	sub := l.client.PSubscribe(ctx, l.key("*"))
	defer sub.Close()
	// A read is not ended by its context alone.
	unblock := context.AfterFunc(ctx, func() { sub.Close() })
	defer unblock()
	tick, heard := time.Now().Add(busTick), time.Now()
	l.asked = false
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
		if l.asked {
			continue
		}
		// The answer to a ping comes behind all that was sent before it: what has a
		// number by now and is not there by then is lost.
		if err := l.read(ctx); err != nil {
			return err
		}
		if err := sub.Ping(ctx); err != nil {
			return err
		}
		l.asked = true
	}
}

// take takes what came over the connection.
func (l *listener) take(got any) {
	switch got := got.(type) {
	case *redis.Subscription:
		if got.Kind != "psubscribe" {
			return
		}
		// From here on nothing is lost; what came before, nobody knows.
		for _, topic := range l.topics {
			*l.numbers[topic] = numbers{}
			l.fn(bus.Message{Topic: topic, Missed: true})
		}
	case *redis.Pong:
		l.asked = false
		for _, t := range l.topics {
			l.tell(t, l.numbers[t].arrived())
		}
	case *redis.Message:
		topic, key, ours := l.topicOf(strings.TrimPrefix(got.Channel, l.config.Prefix))
		digits, body, ok := strings.Cut(got.Payload, ":")
		number, err := strconv.ParseUint(digits, 10, 64)
		if !ours || !ok || err != nil {
			return // of another topic, or nobody's
		}
		n := l.numbers[topic]
		l.fn(bus.Message{Topic: topic, Key: key, Body: []byte(body), Missed: n.next(number)})
	}
}

// topicOf returns which of the topics a channel is of, and its key.
func (l *listener) topicOf(channel string) (topic bus.Topic, key string, ours bool) {
	for _, t := range l.topics {
		rest, is := strings.CutPrefix(channel, string(t))
		if is && rest == "" {
			return t, "", true
		}
		if key, keyed := strings.CutPrefix(rest, ":"); is && keyed {
			return t, key, true
		}
	}
	return "", "", false
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
		var number uint64
		if s := text(stored[i]); s != "" {
			if number, err = strconv.ParseUint(s, 10, 64); err != nil {
				return failed(ctx, doing, err)
			}
		}
		l.tell(t, l.numbers[t].tick(number))
	}
	return nil
}

// next takes a message's number, and tells whether some before it are missed.
func (n *numbers) next(number uint64) (missed bool) {
	missed = n.known && number != n.last+1
	n.known, n.last = true, number
	return missed
}

// tick takes the store's number, and tells whether a failover has taken back
// numbers that messages had.
func (n *numbers) tick(stored uint64) (missed bool) {
	n.stored = stored
	if n.known && n.last > stored {
		n.last, missed = stored, true
	}
	return missed
}

// arrived says that all messages up to the store's number at the last tick would
// be here by now, and tells whether some are missed.
func (n *numbers) arrived() (missed bool) {
	missed = n.known && n.last < n.stored
	n.known, n.last = true, max(n.last, n.stored)
	return missed
}

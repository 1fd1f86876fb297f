package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	sustainedSubscribers = 64
	sustainedResources   = 2000 // that each of them is told of at first
)

// benchDeliver measures how many notifications a second reach local receivers
// while queues are full, beside a bare client that POSTs bodies of the same
// length over as many connections: over the embedded store and over Redis.
func benchDeliver(ctx context.Context, s settings, r *report) (err error) {
	if err := sustained(ctx, s, r, "embedded"); err != nil {
		return fmt.Errorf("embedded: %w", err)
	}
	redis, section, err := startRedis(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, redis.Stop()) }()
	if err := sustained(ctx, s, r, "Redis with Sentinels, WAIT 1", section); err != nil {
		return fmt.Errorf("redis: %w", err)
	}
	return nil
}

func sustained(ctx context.Context, s settings, r *report, store string, sections ...string) error {
	g, err := startGateway(ctx, s, "mock", fmt.Sprintf("      pools: 20\n      resourcesPerPool: %d\n", sustainedResources/20),
		append(sections, loopbackCallbacks)...)
	if err != nil {
		return err
	}
	defer g.stop()
	in, err := startReceiver()
	if err != nil {
		return err
	}
	defer in.stop()

	const total = sustainedSubscribers * sustainedResources
	var (
		seen, bytes atomic.Int64
		from, to    atomic.Int64 // when a tenth and nine tenths had come
	)
	in.listen(func(_ string, body []byte, at time.Time) {
		bytes.Add(int64(len(body)))
		switch seen.Add(1) {
		case total / 10:
			from.Store(at.UnixNano())
		case total * 9 / 10:
			to.Store(at.UnixNano())
		}
	})
	// One consumer's subscriptions differ by their callback.
	if err := subscribeAll(sustainedSubscribers, func(i int) error {
		return subscribe(g, in.url(fmt.Sprintf("/n/%d", i)), "", "(eq,objectType,Resource)", true)
	}); err != nil {
		return err
	}
	if err := waitFor("the last notification", func() error {
		if n := seen.Load(); n < total {
			return fmt.Errorf("%d of %d came", n, total)
		}
		return nil
	}); err != nil {
		return err
	}
	ours := float64(total*8/10) / time.Duration(to.Load()-from.Load()).Seconds()
	length := int(bytes.Load() / total)

	bare := make([]float64, 0, s.rounds)
	in.listen(func(string, []byte, time.Time) {}) // read as before
	for range s.rounds {
		rate, err := bareRate(ctx, in, sustainedSubscribers, length)
		if err != nil {
			return err
		}
		bare = append(bare, rate)
	}
	r.atLeast("sustained deliveries a second, of a bare client's: "+store, ours/median(bare), 0.5,
		"%.0f against %.0f a second; %d receivers' connections, %d bytes", ours, median(bare), sustainedSubscribers, length)
	return nil
}

// bareRate runs the bare sender for two seconds and returns POSTs a second.
func bareRate(ctx context.Context, in *receiver, conns, length int) (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	const seconds = 2
	cmd := exec.CommandContext(ctx, self, bareSender, in.url("/bare"), strconv.Itoa(conns), strconv.Itoa(length), strconv.Itoa(seconds))
	cmd.Stderr, cmd.SysProcAttr = os.Stderr, endWithUs
	before := in.count.Load()
	if err := cmd.Run(); err != nil {
		return 0, err
	}
	return float64(in.count.Load()-before) / seconds, nil
}

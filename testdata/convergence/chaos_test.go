//go:build integration

package convergence

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/testdata/convergence/lab"
	"github.com/netweave/netweave/testdata/convergence/smo"
)

// chaos breaks things at random and mends them again. Each of its troubles is one
// thing at a time, so that netweave can go on; several troubles run at once.
type chaos struct {
	w      *world
	random *rand.Rand
	// context ends when no new trouble is to begin; what has begun is mended.
	ctx    context.Context
	counts map[string]int
}

// trouble is one thing that happens, and is over when do returns.
type trouble struct {
	name string
	do   func() error
}

func newChaos(ctx context.Context, w *world, seed, stream uint64) *chaos {
	return &chaos{w: w, ctx: ctx, random: rand.New(rand.NewPCG(seed, stream)), counts: map[string]int{}}
}

// run lets one trouble after the other happen until the context ends.
func (c *chaos) run(pause time.Duration, troubles []trouble) {
	for c.ctx.Err() == nil {
		t := pick(c.random, troubles)
		if err := t.do(); err != nil && c.ctx.Err() == nil {
			c.w.t.Errorf("%s: %v", t.name, err)
			return
		}
		c.counts[t.name]++
		c.w.t.Logf("%s %s", time.Now().Format("15:04:05.000"), t.name)
		c.between(pause/2, pause*3/2)
	}
}

// between waits for a random time. It goes on when the chaos ends, so that what
// was broken is mended.
func (c *chaos) between(least, most time.Duration) {
	lab.Pause(c.ctx, least+time.Duration(c.random.Int64N(int64(most-least))))
}

// mending is for what has to be done however little time is left.
func (c *chaos) mending() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(c.ctx), time.Minute)
}

// processes are troubles of netweave's processes and their plugins.
func (c *chaos) processes() []trouble {
	process := func() *lab.Netweave { return pick(c.random, c.w.processes()) }
	controller := func() *lab.Netweave { return pick(c.random, c.w.controllers) }
	leader := func() *lab.Netweave {
		for _, p := range c.w.controllers {
			if p.Leads(c.ctx) {
				return p
			}
		}
		return controller()
	}
	kill := func(which func() *lab.Netweave) func() error {
		return func() error {
			p := which()
			if err := p.Kill(); err != nil {
				return err
			}
			c.between(100*time.Millisecond, 3*time.Second)
			return p.Start()
		}
	}
	stop := func(which func() *lab.Netweave) func() error {
		return func() error {
			p := which()
			if err := p.Pause(); err != nil {
				return err
			}
			// Longer than its lease, half of the time.
			c.between(lease/2, lease*5/2)
			return p.Resume()
		}
	}
	return []trouble{
		{"kill the leader", kill(leader)},
		{"kill a controller", kill(controller)},
		{"kill a process", kill(process)},
		{"stop the leader for a while", stop(leader)},
		{"stop a process for a while", stop(process)},
		{"restart a process in order", func() error {
			p := process()
			if err := p.Stop(20 * time.Second); err != nil {
				return err
			}
			return p.Start()
		}},
		{"kill a plugin", func() error { return process().SignalChildren(syscall.SIGKILL) }},
		{"stop a plugin for a while", func() error {
			p := process()
			if err := p.SignalChildren(syscall.SIGSTOP); err != nil {
				return err
			}
			c.between(time.Second, 4*time.Second)
			return p.SignalChildren(syscall.SIGCONT)
		}},
	}
}

// surroundings are troubles of what netweave hangs on.
func (c *chaos) surroundings() []trouble {
	troubles := []trouble{
		{"kill the kube-apiserver", func() error {
			if err := kube.API().Kill(); err != nil {
				return err
			}
			c.between(100*time.Millisecond, 2*time.Second)
			ctx, cancel := c.mending()
			defer cancel()
			return kube.Restart(ctx)
		}},
		{"stop the kube-apiserver for a while", func() error {
			if err := kube.API().Pause(); err != nil {
				return err
			}
			c.between(500*time.Millisecond, 3*time.Second)
			return kube.API().Resume()
		}},
	}
	if c.w.redis == nil || len(c.w.redis.Sentinels()) == 0 {
		return troubles
	}
	return append(troubles,
		c.redis("kill the Redis master", func(ctx context.Context, master *redistest.Server) error {
			killed, _, err := c.w.redis.Failover(ctx)
			if err != nil {
				return err
			}
			return killed.Restart(ctx)
		}),
		c.redis("stop the Redis master until another is made", func(ctx context.Context, master *redistest.Server) error {
			if err := master.Pause(); err != nil {
				return err
			}
			_, err := c.w.redis.AwaitMaster(ctx, master)
			return errors.Join(err, master.Resume())
		}),
		c.redis("stop the Redis master for a moment", func(_ context.Context, master *redistest.Server) error {
			if err := master.Pause(); err != nil {
				return err
			}
			c.between(100*time.Millisecond, 700*time.Millisecond)
			return master.Resume()
		}),
		c.redis("lose what the Redis master has not replicated", func(ctx context.Context, master *redistest.Server) error {
			resume, err := c.w.detachReplicas(ctx, master)
			if err != nil {
				return err
			}
			c.between(200*time.Millisecond, 2*time.Second)
			if err := errors.Join(master.Kill(), resume()); err != nil {
				return err
			}
			if _, err = c.w.redis.AwaitMaster(ctx, master); err != nil {
				return err
			}
			return master.Restart(ctx)
		}),
		c.redis("restart a Redis replica and a Sentinel", func(ctx context.Context, master *redistest.Server) error {
			replica := pick(c.random, c.w.redis.Servers())
			for replica == master {
				replica = pick(c.random, c.w.redis.Servers())
			}
			sentinel := pick(c.random, c.w.redis.Sentinels())
			if err := errors.Join(replica.Kill(), sentinel.Kill()); err != nil {
				return err
			}
			c.between(200*time.Millisecond, 3*time.Second)
			return errors.Join(replica.Restart(ctx), sentinel.Restart(ctx))
		}),
	)
}

// redis is a trouble that begins with a master, and ends when both replicas are
// in step again.
func (c *chaos) redis(name string, do func(ctx context.Context, master *redistest.Server) error) trouble {
	return trouble{name, func() error {
		ctx, cancel := c.mending()
		defer cancel()
		master, err := c.w.redis.Master(ctx)
		if err != nil {
			return err
		}
		if err := do(ctx, master); err != nil {
			return err
		}
		return c.w.redis.AwaitReplicas(ctx, 2)
	}}
}

// detachReplicas stops the replicas so that they get nothing more of what the
// master writes, and returns what lets them go on.
func (w *world) detachReplicas(ctx context.Context, master *redistest.Server) (resume func() error, err error) {
	var replicas []*redistest.Server
	for _, server := range w.redis.Servers() {
		if server != master {
			replicas = append(replicas, server)
			err = errors.Join(err, server.Pause())
		}
	}
	resume = func() error {
		var err error
		for _, server := range replicas {
			err = errors.Join(err, server.Resume())
		}
		return err
	}
	// What the master has sent, stopped replicas would still find in their sockets.
	err = errors.Join(err, master.Client().Do(ctx, "client", "kill", "type", "replica").Err())
	if err != nil {
		return nil, errors.Join(err, resume())
	}
	return resume, nil
}

// subscriptions are troubles of subscribers, and what they do of their own will.
// Those that are not moving stay as they are, but for their receivers.
func (c *chaos) subscriptions(moving []*subscriber, choice []filter) []trouble {
	bounded := func(do func(ctx context.Context) error) func() error {
		return func() error {
			ctx, cancel := c.mending()
			defer cancel()
			return do(ctx)
		}
	}
	return []trouble{
		{"a subscriber goes down and comes back", func() error {
			s := pick(c.random, c.w.subscribers)
			if err := s.receiver.Down(); err != nil {
				return err
			}
			c.between(200*time.Millisecond, 5*time.Second)
			return s.receiver.Up()
		}},
		{"a subscriber takes another filter", bounded(func(ctx context.Context) error {
			return pick(c.random, moving).refilter(ctx, pick(c.random, choice))
		})},
		{"a subscriber leaves and joins again", bounded(func(ctx context.Context) error {
			s := pick(c.random, moving)
			if err := s.leave(ctx); err != nil {
				return err
			}
			return s.join(ctx, pick(c.random, choice), c.random.IntN(3) > 0)
		})},
	}
}

// calm ends all misbehaviour of the subscribers and starts what does not run.
func (w *world) calm() error {
	for _, s := range w.subscribers {
		if err := s.receiver.Up(); err != nil {
			return err
		}
		s.receiver.SetTemper(smo.Always(smo.Willing))
	}
	for _, p := range w.processes() {
		if err := p.Start(); err != nil {
			return err
		}
	}
	return nil
}

// summary tells how often each trouble happened.
func (c *chaos) summary() string { return fmt.Sprint(c.counts) }

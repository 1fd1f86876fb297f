package redistest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// poll is how often conditions are looked at.
const poll = 20 * time.Millisecond

// until waits for cond, and tells what it waited for if ctx ends first.
func until(ctx context.Context, what string, cond func() (bool, error)) error {
	for {
		ok, err := cond()
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w (at last: %s)", what, ctx.Err(), fmt.Sprint(err))
		case <-time.After(poll):
		}
	}
}

// following waits until every replica that runs is in step with the master.
func (c *Cluster) following(ctx context.Context) error {
	for _, s := range c.servers[1:] {
		err := until(ctx, s.name+" to follow the master", func() (bool, error) {
			state, err := info(ctx, s.client, "replication", "master_link_status")
			return state == "up", err
		})
		if err != nil {
			return err
		}
	}
	return until(ctx, "the master to answer", func() (bool, error) {
		n, err := info(ctx, c.servers[0].client, "replication", "connected_slaves")
		return n == strconv.Itoa(c.options.Replicas), err
	})
}

// acquainted waits until every Sentinel knows the others and the replicas.
func (c *Cluster) acquainted(ctx context.Context) error {
	want := fmt.Sprintf("slaves=%d,sentinels=%d", c.options.Replicas, c.options.Sentinels)
	for _, s := range c.sentinels {
		err := until(ctx, s.name+" to know all of "+want, func() (bool, error) {
			line, err := info(ctx, s.client, "sentinel", "master0")
			return len(line) > len(want) && line[len(line)-len(want):] == want, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Failover kills the master and waits until Sentinels have made another, which
// it returns. The killed one is left down.
func (c *Cluster) Failover(ctx context.Context) (killed, master *Server, err error) {
	killed, err = c.Master(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := killed.Kill(); err != nil {
		return killed, nil, err
	}
	master, err = c.AwaitMaster(ctx, killed)
	return killed, master, err
}

// AwaitMaster waits until Sentinels name another master than old, and it says
// that it is one.
func (c *Cluster) AwaitMaster(ctx context.Context, old *Server) (*Server, error) {
	var master *Server
	err := until(ctx, "another master than "+old.name, func() (bool, error) {
		var err error
		if master, err = c.Master(ctx); err != nil || master == old {
			return false, err
		}
		role, err := info(ctx, master.client, "replication", "role")
		return role == "master", err
	})
	return master, err
}

// HoldBack pauses the replicas and cuts their connections: what the master
// accepts from now on is lost if it is killed. Paused alone they would still
// find in their sockets what it had sent. release lets them go on.
func (c *Cluster) HoldBack(ctx context.Context) (release func() error, err error) {
	master, err := c.Master(ctx)
	if err != nil {
		return nil, err
	}
	var held []*Server
	release = func() error {
		var errs []error
		for _, s := range held {
			errs = append(errs, s.Resume())
		}
		return errors.Join(errs...)
	}
	for _, s := range c.servers {
		if s == master || !s.Running() {
			continue
		}
		if err := s.Pause(); err != nil {
			return release, err
		}
		held = append(held, s)
	}
	if len(held) == 0 {
		return release, nil
	}
	return release, master.client.ClientKillByFilter(ctx, "TYPE", "replica").Err()
}

// AwaitReplicas waits until n replicas follow the present master in step.
func (c *Cluster) AwaitReplicas(ctx context.Context, n int) error {
	return until(ctx, strconv.Itoa(n)+" replicas in step", func() (bool, error) {
		master, err := c.Master(ctx)
		if err != nil {
			return false, err
		}
		// WAIT is about what its own connection wrote before.
		pipe := master.client.Pipeline()
		pipe.Set(ctx, "redistest:in-step", "", time.Second)
		in := pipe.Do(ctx, "wait", n, time.Second.Milliseconds())
		_, err = pipe.Exec(ctx)
		followers, _ := in.Int()
		return err == nil && followers >= n, err
	})
}

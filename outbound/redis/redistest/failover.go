package redistest

import (
	"context"
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
			return fmt.Errorf("waiting for %s: %w (at last: %v)", what, ctx.Err(), err)
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

// AwaitReplicas waits until n replicas follow the present master in step.
func (c *Cluster) AwaitReplicas(ctx context.Context, n int) error {
	return until(ctx, strconv.Itoa(n)+" replicas in step", func() (bool, error) {
		master, err := c.Master(ctx)
		if err != nil {
			return false, err
		}
		in, err := master.client.Wait(ctx, n, time.Second).Result()
		return int(in) >= n, err
	})
}

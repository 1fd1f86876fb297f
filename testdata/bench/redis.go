package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/netweave/netweave/outbound/redis/redistest"
)

// redisCluster is a master with two replicas and three Sentinels.
type redisCluster struct{ *redistest.Cluster }

// startRedis starts one, and returns the configuration's section that uses it.
func startRedis(ctx context.Context) (*redisCluster, string, error) {
	c, err := redistest.Start(ctx, redistest.Options{Replicas: 2, Sentinels: 3})
	if err != nil {
		return nil, "", err
	}
	section := fmt.Sprintf("store:\n  type: redis\n  redis:\n    addresses: [%s]\n    masterName: %s\n    replicas: 1\n",
		strings.Join(quoted(c.Addresses()), ", "), c.MasterName())
	return &redisCluster{c}, section, nil
}

func quoted(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return out
}

// killMaster kills the master, and brings the process back as a replica once
// another has taken over.
func (c *redisCluster) killMaster(ctx context.Context) error {
	killed, _, err := c.Failover(ctx)
	if err != nil {
		return err
	}
	if err := killed.Restart(ctx); err != nil {
		return err
	}
	return c.AwaitReplicas(ctx, 2)
}

package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// sentinel is one of them. One question is put to it at a time.
type sentinel struct {
	address string
	client  *redis.Client
	// asked is that a question is under way, away that the last one failed; both are
	// guarded by the mutex of sentinels.
	asked, away bool
	// host and port are the master's as it had them last.
	host, port string
}

// says is a testimony whose master is an address yet.
type says struct {
	testimony
	names string
}

// ask puts the question. Whom it voted for, a Sentinel tells whoever asks under the
// master's address for a vote in an epoch that is over: that leaves its vote as it
// is.
func (p *sentinel) ask(ctx context.Context, master string) (says, error) {
	for range 3 { // the address changes in a failover
		pipe := p.client.Pipeline()
		id := pipe.Do(ctx, "sentinel", "myid")
		names := pipe.Do(ctx, "sentinel", "get-master-addr-by-name", master)
		state := pipe.Do(ctx, "sentinel", "master", master)
		voted := redis.NewSliceCmd(ctx, "sentinel", "is-master-down-by-addr", p.host, p.port, 0, "netweave")
		if p.host != "" {
			if err := pipe.Process(ctx, voted); err != nil {
				return says{}, err
			}
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return says{}, err
		}
		fields, err := state.StringSlice()
		if err != nil {
			return says{}, err
		}
		facts := pairs(fields)
		if facts["ip"] != p.host || facts["port"] != p.port {
			p.host, p.port = facts["ip"], facts["port"]
			continue
		}
		s, err := readTestimony(facts, voted.Val())
		if err != nil {
			return says{}, err
		}
		at, err := names.StringSlice()
		if err != nil || len(at) != 2 {
			return says{}, fmt.Errorf("it names the master %q: %w", at, err)
		}
		s.names = net.JoinHostPort(at[0], at[1])
		// From its promotion on the new master is the one that is named, though the
		// failover goes on with the other replicas.
		s.failing = s.failing && s.names == net.JoinHostPort(p.host, p.port)
		s.id, err = id.Text()
		return s, err
	}
	return says{}, errors.New("it names another master each time")
}

// readTestimony reads SENTINEL MASTER, and what is answered to who asks for a vote.
func readTestimony(facts map[string]string, voted []any) (s says, err error) {
	if len(voted) != 3 {
		return s, fmt.Errorf("its vote is %v", voted)
	}
	epoch, _ := voted[2].(int64)
	s.vote = vote{text(voted[1]), uint64(epoch)}
	for flag := range strings.SplitSeq(facts["flags"], ",") {
		s.failing = s.failing || flag == "failover_in_progress"
	}
	if s.epoch, err = strconv.ParseUint(facts["config-epoch"], 10, 64); err != nil {
		return s, err
	}
	if s.others, err = strconv.Atoi(facts["num-other-sentinels"]); err != nil {
		return s, err
	}
	ms, err := strconv.Atoi(facts["failover-timeout"])
	s.timeout = time.Duration(ms) * time.Millisecond
	return s, err
}

// fellows returns the addresses of the Sentinels that it knows.
func (p *sentinel) fellows(ctx context.Context, master string) ([]string, error) {
	got, err := p.client.Do(ctx, "sentinel", "sentinels", master).Slice()
	if err != nil {
		return nil, err
	}
	var all []string
	for _, one := range got {
		fields := list(one)
		words := make([]string, len(fields))
		for i, f := range fields {
			words[i] = text(f)
		}
		facts := pairs(words)
		all = append(all, net.JoinHostPort(facts["ip"], facts["port"]))
	}
	return all, nil
}

// pairs reads names and values in turn.
func pairs(words []string) map[string]string {
	facts := make(map[string]string, len(words)/2)
	for i := 0; i+1 < len(words); i += 2 {
		facts[words[i]] = words[i+1]
	}
	return facts
}

package redis

import (
	"testing"
	"time"
)

func TestJudge(t *testing.T) {
	// at is a Sentinel that has a master by an epoch, and voted in that one last.
	at := func(id, server string, epoch uint64) testimony {
		return testimony{id: id, server: server, epoch: epoch, vote: vote{"a", epoch}, others: 2, timeout: time.Minute}
	}
	voted := func(t testimony, by string, epoch uint64) testimony {
		t.vote = vote{by, epoch}
		return t
	}
	failing := func(t testimony) testimony {
		t.failing = true
		return t
	}
	alone := func(t testimony) testimony {
		t.others = 0
		return t
	}
	const disagree = "1 of 3 Sentinels agree on the master"
	cases := map[string]struct {
		answers     []testimony
		age         time.Duration
		server, why string
	}{
		"all agree":       {[]testimony{at("a", "m", 4), at("b", "m", 4), at("c", "m", 4)}, 0, "m", ""},
		"one is away":     {[]testimony{at("a", "m", 4), at("b", "m", 4)}, 0, "m", ""},
		"two are away":    {[]testimony{at("a", "m", 4)}, 0, "", "1 of 3 Sentinels can be asked whether it is kept"},
		"nobody answers":  {nil, 0, "", "0 of 3 Sentinels can be asked whether it is kept"},
		"knows no others": {[]testimony{alone(at("a", "m", 4))}, 0, "", "1 of 3 Sentinels can be asked whether it is kept"},
		"one has another by a newer epoch": {
			[]testimony{at("a", "m", 4), at("b", "m", 4), at("c", "r", 5)}, 0, "", disagree,
		},
		"one has not heard yet": {
			[]testimony{at("a", "m", 4), at("b", "r", 5), at("c", "r", 5)}, 0, "r", "",
		},
		"a failover runs, whoever voted": {
			[]testimony{failing(at("a", "m", 4)), at("b", "m", 4), at("c", "m", 4)}, 0, "", "a failover is under way",
		},
		"who was elected is away": {
			[]testimony{voted(at("a", "m", 4), "c", 5), at("b", "m", 4)}, 59 * time.Second, "", disagree,
		},
		"who was elected has been away for long": {
			[]testimony{voted(at("a", "m", 4), "c", 5), at("b", "m", 4)}, 2 * time.Minute, "m", "",
		},
		"who was elected has given up": {
			[]testimony{voted(at("a", "m", 4), "b", 5), voted(at("b", "m", 4), "b", 5)}, 0, "m", "",
		},
		"who was elected was forgotten, and one is away": {
			[]testimony{voted(at("a", "m", 4), "*", 5), at("b", "m", 4)}, 0, "", disagree,
		},
		"who was elected was forgotten, and all answer": {
			[]testimony{voted(at("a", "m", 4), "*", 5), at("b", "m", 4), at("c", "m", 4)}, 0, "m", "",
		},
		"who was elected is away, and a newer master is there": {
			[]testimony{voted(at("a", "m", 4), "c", 5), at("b", "r", 6)}, 0, "", disagree,
		},
		"the master cannot be looked at": {
			[]testimony{at("a", "", 4), at("b", "", 4), at("c", "", 4)}, 0, "", "the master that the Sentinels name does not say who it is",
		},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			answers := map[string]testimony{}
			for _, a := range test.answers {
				answers[a.id] = a
			}
			server, why := judge(answers, 3, func(vote) time.Duration { return test.age })
			if server != test.server || why != test.why {
				t.Errorf("got %q, %q; want %q, %q", server, why, test.server, test.why)
			}
		})
	}
}

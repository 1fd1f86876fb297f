package redis

import (
	"slices"
	"testing"
)

// TestNumbers feeds a listener's numbers with messages, ticks and answers to
// pings.
func TestNumbers(t *testing.T) {
	type step struct {
		what   string
		number uint64
	}
	message := func(n uint64) step { return step{"message", n} }
	tick := func(n uint64) step { return step{"tick", n} }
	pong := step{"pong", 0}
	cases := map[string]struct {
		steps []step
		want  []int // the steps that tell of a loss
	}{
		"nothing is missed":                 {[]step{tick(5), pong, message(6), message(7), tick(7), pong, message(8)}, nil},
		"the first message says where":      {[]step{message(6), message(7), tick(7), pong}, nil},
		"messages between tick and pong":    {[]step{message(6), tick(6), message(7), message(8), pong, message(9)}, nil},
		"a message still on its way":        {[]step{message(6), tick(7), message(7), pong}, nil},
		"a gap before a message":            {[]step{message(6), message(8)}, []int{1}},
		"a gap and nothing behind it":       {[]step{message(6), tick(7), pong, tick(7), pong}, []int{2}},
		"lost before the first that came":   {[]step{tick(5), pong, message(7)}, []int{2}},
		"numbers taken back, told at once":  {[]step{message(6), tick(5), pong, message(6)}, []int{1}},
		"numbers taken back, told by one":   {[]step{message(6), message(4), message(5)}, []int{1}},
		"the store is emptied":              {[]step{message(6), tick(0), pong, message(1)}, []int{1}},
		"a topic on which nothing ever was": {[]step{tick(0), pong, message(1), tick(1), pong}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var n numbers
			var missed []int
			for i, s := range c.steps {
				is := false
				switch s.what {
				case "message":
					is = n.next(s.number)
				case "tick":
					is = n.tick(s.number)
				case "pong":
					is = n.arrived()
				}
				if is {
					missed = append(missed, i)
				}
			}
			if !slices.Equal(missed, c.want) {
				t.Errorf("missed at steps %v, want %v", missed, c.want)
			}
		})
	}
}

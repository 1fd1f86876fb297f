package app

import "testing"

func TestPercentFor(t *testing.T) {
	for name, tc := range map[string]struct {
		live  uint64
		least int
		want  int
	}{
		"nothing collected yet": {0, 50, 800},
		"a small inventory":     {8 << 20, 50, 400},
		"room and a half":       {48 << 20, 50, 66},
		"a large inventory":     {500 << 20, 50, 50},
		"the configured least":  {48 << 20, 200, 200},
	} {
		t.Run(name, func(t *testing.T) {
			if got := percentFor(tc.live, tc.least); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}

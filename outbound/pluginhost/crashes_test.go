package pluginhost

import (
	"slices"
	"testing"
	"time"
)

func TestBackoffDoublesUpToItsCapAndStartsOver(t *testing.T) {
	policy := Restart{MinBackoff: time.Second, MaxBackoff: 10 * time.Second, Crashes: 100, Window: time.Minute, CoolDown: time.Hour}
	for name, tc := range map[string]struct {
		jitter float64
		want   []time.Duration // in seconds
	}{
		"without jitter":      {0, []time.Duration{1, 2, 4, 8, 10, 10}},
		"with the most of it": {1, []time.Duration{500 * time.Millisecond / time.Second, 1, 2, 4, 5, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCrashes(policy)
			c.jitter = func() float64 { return tc.jitter }
			var got []time.Duration
			for range tc.want {
				got = append(got, c.failed()/time.Second)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("pauses %v, want %v (seconds)", got, tc.want)
			}
			c.ran(59 * time.Second)
			if c.failures != len(tc.want) {
				t.Error("a run shorter than the window was forgiven")
			}
			c.ran(time.Minute)
			if got := c.failed(); got > time.Second {
				t.Errorf("after a stable run the pause is %s", got)
			}
		})
	}
	c := newCrashes(policy)
	for range 100 {
		if d := c.failed(); d < 0 || d > policy.MaxBackoff {
			t.Fatalf("pause %s after %d failures", d, c.failures)
		}
	}
}

func TestQuarantineCountsCrashesWithinTheWindow(t *testing.T) {
	policy := Restart{MinBackoff: time.Second, MaxBackoff: time.Second, Crashes: 3, Window: time.Minute, CoolDown: time.Hour}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		at   []int // seconds
		want []bool
	}{
		"three in a minute":     {[]int{0, 10, 20}, []bool{false, false, true}},
		"three, but too slowly": {[]int{0, 50, 60, 120}, []bool{false, false, false, false}},
		"the window slides":     {[]int{0, 50, 60, 100}, []bool{false, false, false, true}},
		"the first one after":   {[]int{0, 1, 2, 4000}, []bool{false, false, true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCrashes(policy)
			var got []bool
			for _, s := range tc.at {
				pause, quarantine := c.crashed(start.Add(time.Duration(s) * time.Second))
				if quarantine != (pause == policy.CoolDown) {
					t.Errorf("quarantine %v with a pause of %s", quarantine, pause)
				}
				got = append(got, quarantine)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("quarantined: %v, want %v", got, tc.want)
			}
		})
	}
	c := newCrashes(policy)
	for i := range 3 {
		c.crashed(start.Add(time.Duration(i) * time.Second))
	}
	c.ran(policy.Window)
	if _, quarantine := c.crashed(start.Add(time.Hour)); quarantine {
		t.Error("one crash after a stable run is no reason")
	}
}

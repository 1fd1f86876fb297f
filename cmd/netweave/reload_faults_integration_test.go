//go:build integration

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// diff runs "config diff" on the file against what is in force.
func (r *reloading) diff(file string) (code int, out string) {
	r.t.Helper()
	c := exec.Command(filepath.Join(built, "netweave"), "config", "diff", file, "--url", r.url)
	text, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), string(text)
}

func TestAFileWithAMistakeChangesNothing(t *testing.T) {
	r := startReloading(t)
	head := fmt.Sprintf(reloadHead, "info")
	before := r.plugin()
	first, err := r.inForce()
	if err != nil || first.Generation != 1 {
		t.Fatalf("got %+v, %v", first, err)
	}
	refused := func(text, key, reason string, line int) {
		t.Helper()
		r.save(t, text, false)
		r.signal(syscall.SIGHUP)
		r.eventually("the file is refused for "+key, func() error {
			told, err := r.inForce()
			if err != nil || told.Failure == nil || told.Failure.Problems[0].Key != key {
				return errors.Join(err, fmt.Errorf("got %+v", told))
			}
			if p := told.Failure.Problems[0]; p.Line != line || !strings.Contains(p.Reason, reason) || told.Version != first.Version || told.Generation != 1 {
				t.Errorf("got %+v, %+v", told, p)
			}
			return nil
		})
		if metrics := r.ask("GET", "/metrics", "", 200).body; !strings.Contains(metrics, "netweave_config_reload_failed 1\n") {
			t.Error("the metric does not tell")
		}
	}
	broken := strings.Replace(reloadTexts[1], "seed: 8", "seed: 8, token: hush-hush", 1)
	refused(head+strings.Replace(broken, "name: extra", "nane: extra", 1), "adapters[1].name", "is missing", 10)
	refused(head+strings.Replace(broken, "extra, type: mock", "extra, type: nimbus", 1), "adapters[1].type", "there is no plugin nimbus", 10)
	refused("", "adapters", "at least one adapter", 0)
	if got := strings.Count(r.stderr.String(), "key=adapters[1].name"); got != 1 {
		t.Errorf("the log tells of one mistake %d times", got)
	}
	if strings.Contains(r.stderr.String(), "hush-hush") {
		t.Error("the log has a secret")
	}
	if err := os.Remove(filepath.Join(r.dir, "gateway.yaml")); err != nil {
		t.Fatal(err)
	}
	r.eventually("the file is missed", func() error {
		told, err := r.inForce()
		if err != nil || told.Failure == nil || !strings.Contains(told.Failure.Problems[0].Reason, "no such file") {
			return errors.Join(err, fmt.Errorf("got %+v", told))
		}
		return nil
	})
	if now := r.plugin(); now != before {
		t.Errorf("the plugin %d was replaced by %d", before, now)
	}

	// Mended, with a key that has to wait.
	cold := strings.Replace(fmt.Sprintf(reloadHead, "debug"), "format: text", "format: json", 1) + reloadTexts[1]
	file := filepath.Join(r.dir, "other.yaml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(cold, "$DIR", r.dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	const want = `+ adapter extra: added
~ adapters[lab].config.churn: changed (at once)
~ log.format: text -> json (needs a restart)
~ log.level: info -> debug (at once)

1 of these need a restart: log.format
`
	if code, out := r.diff(file); code != 7 || out != want {
		t.Errorf("config diff: %d and\n%s", code, out)
	}
	r.save(t, cold, true)
	r.reaches(2)
	if told, err := r.inForce(); err != nil || !slices.Equal(told.RestartNeeded, []string{"log.format"}) {
		t.Errorf("got %+v, %v", told, err)
	}
	r.eventually("the log is more talkative", func() error {
		if !strings.Contains(r.stderr.String(), "[DEBUG]") {
			return errors.New("it is not")
		}
		return nil
	})
	r.runs(2, 0)
	r.stop()
}

// A subscriber hears that the objects of an adapter that is switched off are gone, and
// of them again once it is on.
func TestAnAdapterIsSwitchedOffAndOn(t *testing.T) {
	r, s := startReloading(t), newSMO(t)
	head := fmt.Sprintf(reloadHead, "info")
	r.save(t, head+reloadTexts[1], false)
	r.reaches(2)
	var pools []string
	r.eventually("both are read", func() error {
		if pools = r.ask("GET", "/o2ims/v1/resourcePools", "", 200).items(t, "resourcePoolId"); len(pools) != 7 {
			return fmt.Errorf("there are %d pools", len(pools))
		}
		return nil
	})
	r.subscribe(s, `,"filter":"(eq,objectType,ResourcePool)"`)
	r.save(t, head+strings.Replace(reloadTexts[1], "name: extra", "enabled: false, name: extra", 1), true)
	r.reaches(3)
	var gone []string
	r.eventually("three pools are gone", func() error {
		left := r.ask("GET", "/o2ims/v1/resourcePools", "", 200).items(t, "resourcePoolId")
		gone = slices.DeleteFunc(slices.Clone(pools), func(id string) bool { return slices.Contains(left, id) })
		if len(gone) != 3 {
			return fmt.Errorf("%d are gone", len(gone))
		}
		return nil
	})
	for _, pool := range gone {
		r.hears(s, "deleted", pool)
		r.ask("GET", "/o2ims/v1/resourcePools/"+pool, "", 404)
	}
	r.runs(1, 0)
	r.save(t, head+reloadTexts[1], true)
	r.reaches(4)
	for _, pool := range gone {
		r.hears(s, "created", pool)
		r.ask("GET", "/o2ims/v1/resourcePools/"+pool, "", 200)
	}
	for _, n := range s.all() {
		if n.EventType != "modified" && !slices.Contains(gone, n.ObjectID) {
			t.Errorf("told of %s, which was %s, of the other adapter", n.ObjectID, n.EventType)
		}
	}
	r.stop()
}

// A gateway that is told to stop while it puts a file in force stops as ever, and
// leaves no process.
func TestAStopWhileAFileIsPutInForce(t *testing.T) {
	for name, until := range map[string]string{"just saved": "", "an adapter is being added": "an adapter was added", "it is in force": "is in force"} {
		t.Run(name, func(t *testing.T) {
			r := startReloading(t)
			r.save(t, fmt.Sprintf(reloadHead, "info")+reloadTexts[2], true)
			r.signal(syscall.SIGHUP)
			r.eventually("it has come so far", func() error {
				if !strings.Contains(r.stderr.String(), until) {
					return errors.New("it has not")
				}
				return nil
			})
			pid := r.process.Process.Pid
			children := childrenOf(t, pid)
			r.stop()
			for _, child := range children {
				r.gone(child)
			}
			if strings.Contains(r.stderr.String(), "panic") {
				t.Error("it panicked")
			}
		})
	}
}

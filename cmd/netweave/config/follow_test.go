package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// watcher looks at a file, step by step.
type watcher struct {
	*Follower
	dir, path string
	now       time.Time
	// got is what was handed over, accepted whether it is accepted.
	got      []string
	accepted bool
}

func watch(t *testing.T, path string) *watcher {
	w := &watcher{dir: t.TempDir(), now: time.Unix(0, 0), accepted: true}
	w.path = filepath.Join(w.dir, path)
	w.Follower = NewFollower(w.path, func(data []byte, err error) bool {
		text := string(data)
		if err != nil {
			text = "error"
		}
		w.got = append(w.got, text)
		return w.accepted
	})
	return w
}

// looks looks so many times and returns what was handed over.
func (w *watcher) looks(times int) []string {
	w.got = nil
	for range times {
		w.now = w.now.Add(followInterval)
		w.look(w.now)
	}
	return w.got
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func (w *watcher) wants(t *testing.T, times int, want ...string) {
	t.Helper()
	if got := w.looks(times); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFilesThatAreWrittenInPlace(t *testing.T) {
	w := watch(t, "c.yaml")
	must(t, os.WriteFile(w.path, []byte("one"), 0o600))
	w.wants(t, 5, "one")
	f, err := os.OpenFile(w.path, os.O_WRONLY|os.O_TRUNC, 0)
	must(t, err)
	for _, part := range []string{"a half", " and another", " and the rest"} { // a look at each is too early
		_, err := f.WriteString(part)
		must(t, err)
		w.wants(t, 1)
	}
	must(t, f.Close())
	w.wants(t, 5, "a half and another and the rest")
	must(t, os.WriteFile(w.path, []byte("three"), 0o600))
	w.wants(t, 1)
	must(t, os.WriteFile(w.path, []byte("four"), 0o600)) // in quick succession
	w.wants(t, 5, "four")
	must(t, os.WriteFile(w.path, []byte("four"), 0o600))
	w.wants(t, 5)
}

func TestFilesThatAreRenamedOver(t *testing.T) {
	w := watch(t, "c.yaml")
	must(t, os.WriteFile(w.path, []byte("one"), 0o600))
	w.wants(t, 3, "one")
	must(t, os.WriteFile(w.path+"~", []byte("two"), 0o600), os.Rename(w.path+"~", w.path))
	w.wants(t, 3, "two")
	// An editor that moves the old one away first.
	must(t, os.Rename(w.path, w.path+".bak"))
	w.wants(t, 1)
	must(t, os.WriteFile(w.path, []byte("three"), 0o600))
	w.wants(t, 3, "three")
}

// A ConfigMap's file is a link to ..data/FILE, and ..data one to a folder.
func TestAConfigMapIsSwapped(t *testing.T) {
	w := watch(t, "c.yaml")
	volume := func(name, text string) {
		dir := filepath.Join(w.dir, name)
		must(t, os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "c.yaml"), []byte(text), 0o600),
			os.Symlink(name, filepath.Join(w.dir, "..data_tmp")), os.Rename(filepath.Join(w.dir, "..data_tmp"), filepath.Join(w.dir, "..data")))
	}
	volume("..1", "one")
	must(t, os.Symlink(filepath.Join("..data", "c.yaml"), w.path))
	w.wants(t, 3, "one")
	volume("..2", "two")
	must(t, os.RemoveAll(filepath.Join(w.dir, "..1")))
	w.wants(t, 3, "two")
}

func TestFilesThatCannotBeRead(t *testing.T) {
	w := watch(t, "c.yaml")
	w.accepted = false
	w.wants(t, 3, "error")
	w.accepted = true
	must(t, os.Mkdir(w.path, 0o700))
	w.wants(t, 3, "error")
	must(t, os.Remove(w.path), os.WriteFile(w.path, []byte("one"), 0o600))
	w.wants(t, 3, "one")
	must(t, os.Remove(w.path))
	w.wants(t, 3, "error")
	must(t, os.WriteFile(w.path, []byte("one"), 0o600))
	w.wants(t, 3, "one")
	if os.Geteuid() != 0 { // who may read everything
		must(t, os.Chmod(w.path, 0))
		w.wants(t, 3, "error")
	}
}

func TestWhatWasRefusedIsTakenAgainNowAndThen(t *testing.T) {
	w := watch(t, "c.yaml")
	w.accepted = false
	must(t, os.WriteFile(w.path, []byte("one"), 0o600))
	w.wants(t, 2+int(again/followInterval), "one", "one")
	w.accepted = true
	w.wants(t, int(again/followInterval), "one")
	w.wants(t, 2*int(again/followInterval))
}

func TestALookAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	must(t, os.WriteFile(path, []byte("one"), 0o600))
	taken, now := make(chan string, 8), make(chan struct{})
	f := NewFollower(path, func(data []byte, err error) bool {
		taken <- fmt.Sprint(string(data), err)
		return false
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- f.Run(ctx, now) }()
	for range 3 {
		if got := <-taken; got != "one<nil>" {
			t.Errorf("got %q", got)
		}
		now <- struct{}{}
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

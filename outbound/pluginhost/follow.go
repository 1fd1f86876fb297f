package pluginhost

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// followInterval is the pause between two looks at the plugin directory. Looking
// works with every way to change a file, and on file systems that tell of none.
const followInterval = 300 * time.Millisecond

// Follow sees to it that plugins run from the executables that are in the plugin
// directory and trusted, until ctx ends; it returns ctx.Err(). Another one takes the
// place of the running one as in Reconfigure.
func (h *Host) Follow(ctx context.Context) error {
	ticker := time.NewTicker(followInterval)
	defer ticker.Stop()
	known := map[string]mark{}
	for {
		h.followOnce(known)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// followOnce has each adapter look whose plugin, or whose trust, is another than
// before, once the files have been the same for two looks: what is being copied is not
// whole. Other changes of the files, such as the trust in another plugin, disturb
// nobody: who waits out a quarantine goes on waiting.
func (h *Host) followOnce(known map[string]mark) {
	h.mu.Lock()
	byPlugin := map[string][]*instance{}
	for _, in := range h.instances {
		plugin := in.toRun().Plugin
		byPlugin[plugin] = append(byPlugin[plugin], in)
	}
	h.mu.Unlock()
	locked := printOf(filepath.Join(h.cfg.Dir, LockFile))
	for plugin, instances := range byPlugin {
		before, seen := known[plugin]
		now := mark{file: printOf(filepath.Join(h.cfg.Dir, plugin)), lock: locked, judged: before.judged, standing: before.standing}
		now.judged = seen && before.judged && now.file == before.file && now.lock == before.lock
		if settled := seen && now.file == before.file && now.lock == before.lock; settled && !now.judged {
			found, err := Check(h.cfg.Dir, plugin)
			now.judged, now.standing = true, standing{sum: found.SHA256, trust: found.Trust, known: true}
			for _, in := range instances {
				p := in.current.Load()
				changed := before.standing.known && now.standing != before.standing
				if changed || p != nil && (err != nil || p.sum != found.SHA256) {
					in.lookAgain()
				}
			}
		}
		known[plugin] = now
	}
}

// mark is what a plugin's files looked like.
type mark struct {
	file, lock fingerprint
	// judged: it is known how they stand. standing is how they stood last.
	judged   bool
	standing standing
}

// standing is what a plugin's executable is, and whether it is trusted.
type standing struct {
	sum   string
	trust Trust
	known bool
}

// fingerprint tells a file from what it was, without reading it: whatever is done to
// a file changes when its inode was last changed.
type fingerprint struct {
	inode   uint64
	changed syscall.Timespec
}

// printOf returns the zero fingerprint for what is not there.
func printOf(path string) fingerprint {
	info, err := os.Stat(path)
	if err != nil {
		return fingerprint{}
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fingerprint{}
	}
	return fingerprint{inode: st.Ino, changed: st.Ctim}
}

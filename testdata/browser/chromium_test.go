//go:build integration

package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is a page in a browser of its own, which remembers what its console said and
// whom it asked.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	console  []string
	requests []string
}

// open starts a browser with a window of that size.
func open(t *testing.T, width, height int) *tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: run task chromium first", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WindowSize(width, height),
		chromedp.UserDataDir(t.TempDir()))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // for root Chromium has none
	}
	allocated, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocated)
	b := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("ending Chromium: %v", err)
		}
	})
	return b
}

func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		var words []string
		for _, a := range e.Args {
			words = append(words, string(a.Value)+a.Description)
		}
		b.console = append(b.console, fmt.Sprintf("%s: %s", e.Type, strings.Join(words, " ")))
	case *runtime.EventExceptionThrown:
		b.console = append(b.console, fmt.Sprintf("exception: %s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *log.EventEntryAdded: // such as what the Content-Security-Policy forbade
		b.console = append(b.console, fmt.Sprintf("%s of %s: %s %s", e.Entry.Level, e.Entry.Source, e.Entry.Text, e.Entry.URL))
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

// do runs actions, one after the other.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for _, a := range actions {
		ask(b, a)
	}
}

// ask runs an action and returns its value.
func ask[T any](b *tab, a chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, deadline)
	defer cancel()
	value, err := chromedp.Run(ctx, a)
	if err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.t.Fatalf("%v; the console says %q", err, b.console)
	}
	return value
}

// visit opens a page and waits until an element is there.
func (b *tab) visit(url, until string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url), chromedp.WaitVisible(chromedp.CSS(until)))
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

func (b *tab) text(selector string) string {
	b.t.Helper()
	return ask(b, chromedp.Text(chromedp.CSS(selector)))
}

func (b *tab) value(selector string) string {
	b.t.Helper()
	return ask(b, chromedp.Value(chromedp.CSS(selector)))
}

// shoot leaves a picture of the whole page.
func (b *tab) shoot(name string) {
	b.t.Helper()
	folder := filepath.Join("..", "..", ".cache", "screenshots")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), ask(b, chromedp.FullScreenshot(100)), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// try expands an operation of a reference, fills it in and sends it.
func (b *tab) try(o trial) (status string) {
	b.t.Helper()
	block := fmt.Sprintf(`[id$="-%s"] `, o.operationID)
	b.click(block + ".opblock-summary-control")
	// What an operation refers to is resolved once it is opened. Until then the page
	// does not know it by its id, and has no table of responses.
	b.do(chromedp.WaitVisible(chromedp.CSS(block + ".responses-table")))
	b.do(chromedp.WaitNotPresent(chromedp.CSS(block + ".opblock-loading-animation")))
	for name, value := range o.fill {
		b.do(chromedp.SendKeys(chromedp.CSS(block+fmt.Sprintf(`[data-param-name=%q] input`, name)), value))
	}
	return b.execute(o.operationID)
}

// execute sends an expanded operation and returns the status that the page shows.
func (b *tab) execute(operationID string) (status string) {
	b.t.Helper()
	block := fmt.Sprintf(`[id$="-%s"] `, operationID)
	b.click(block + ".execute")
	b.do(chromedp.WaitNotPresent(chromedp.CSS(block + ".loading-container")))
	return b.text(block + ".live-responses-table tbody .response-col_status")
}

// silent holds that the console said nothing but what is expected, and that nobody
// but origin was asked.
func (b *tab) silent(origin string, expected ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.console {
		known := false
		for _, e := range expected {
			known = known || strings.Contains(line, e)
		}
		if !known {
			b.t.Errorf("the console says: %s", line)
		}
	}
	for _, url := range b.requests {
		if !strings.HasPrefix(url, origin+"/") && !strings.HasPrefix(url, "data:") {
			b.t.Errorf("%s was asked for, which is not at %s", url, origin)
		}
	}
	if len(b.requests) == 0 {
		b.t.Error("nothing was asked for: does the test still see requests?")
	}
}

package inventory

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/ports/backend"
)

// TestReadyStaysSo: a backend that is attached later, and hangs, takes nobody's
// readiness away.
func TestReadyStaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service()
		b, _ := watching("b", resource(1))
		attach(t, s, b, FeedConfig{})
		if !s.Ready() {
			t.Fatal("not ready once all are read")
		}
		hangs := &fake{name: "late", watch: func(ctx context.Context, _ backend.Sink) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		must(t, s.Attach(hangs, FeedConfig{ReadyWait: time.Hour}))
		synctest.Wait()
		if !s.Ready() {
			t.Error("a backend that is attached later takes the readiness away")
		}
	})
}

//go:build integration

package backend

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/plugins/kubernetes/internal/kubetest"
	"github.com/netweave/netweave/sdk"
)

// TestWatchLatency bounds the time from the API's answer to a patch until the
// watch tells of it. It is milliseconds; a tick or a poll would show.
func TestWatchLatency(t *testing.T) {
	t.Cleanup(func() { lab.Clear(t) })
	lab.CreateNode(t, kubetest.Node("n1", "z1", "m5.large"))
	b := open(t, lab.REST, config.Config{})
	r := newRecorder()
	told := make(chan string, 1)
	var mu sync.Mutex
	waiting := ""
	r.heard = func(o sdk.Object) {
		mu.Lock()
		defer mu.Unlock()
		if waiting != "" && o.ObjectKind() == sdk.KindResource && o.Common().Description == waiting {
			told <- waiting
			waiting = ""
		}
	}
	followInto(t, b, r)
	eventually(t, patience, func() string {
		if r.named(sdk.KindResource, "n1") == nil {
			return "the Node did not come"
		}
		return ""
	})
	const patches = 40
	var took []time.Duration
	for i := range patches {
		word := fmt.Sprintf("patch %d", i)
		mu.Lock()
		waiting = word
		mu.Unlock()
		patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"description":%q}}}`, word)
		began := time.Now()
		if _, err := lab.Core.CoreV1().Nodes().Patch(t.Context(), "n1", types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-told:
			took = append(took, time.Since(began))
		case <-time.After(patience):
			t.Fatalf("%s was not told", word)
		}
	}
	slices.Sort(took)
	median := took[len(took)/2]
	t.Logf("from patch to watch: median %v, greatest %v", median, took[len(took)-1])
	if limit := 100 * time.Millisecond; median > limit {
		t.Errorf("the median is %v, want at most %v", median, limit)
	}
}

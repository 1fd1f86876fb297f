//go:build !integration

package backend

import (
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/plugins/aws/internal/api"
	"github.com/netweave/netweave/plugins/aws/internal/config"
	"github.com/netweave/netweave/sdk"
)

// With a server shared by all tests, which the integration tests have, there is
// always something under way.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// region is an AWS of which a test says what it has.
type region struct {
	mu    sync.Mutex
	ids   func() []string // of the instances in the group "pool"
	asked map[string]int
	more  map[string]http.HandlerFunc // other actions; "one" is for the instance that was started
}

func (r *region) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	action := req.FormValue("Action")
	r.asked[action]++
	other := r.more[action]
	if filter := req.FormValue("Filter.1.Name"); filter == "instance-id" || filter == "client-token" {
		other = r.more["one"]
	}
	if other != nil {
		other(w, req)
		return
	}
	var b strings.Builder
	switch action {
	case "DescribeAutoScalingGroups":
		b.WriteString(`<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups><member><AutoScalingGroupName>pool</AutoScalingGroupName><Instances>`)
		for _, id := range r.ids() {
			fmt.Fprintf(&b, `<member><InstanceId>%s</InstanceId><InstanceType>m5.large</InstanceType></member>`, id)
		}
		b.WriteString(`</Instances><MinSize>0</MinSize><MaxSize>9</MaxSize><DesiredCapacity>1</DesiredCapacity><LaunchTemplate><LaunchTemplateName>workers</LaunchTemplateName></LaunchTemplate></member></AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>`)
	case "DescribeInstances":
		b.WriteString(`<DescribeInstancesResponse><reservationSet><item><instancesSet>`)
		for _, id := range r.ids() {
			fmt.Fprintf(&b, `<item><instanceId>%s</instanceId><instanceType>m5.large</instanceType></item>`, id)
		}
		b.WriteString(`</instancesSet></item></reservationSet></DescribeInstancesResponse>`)
	case "DescribeInstanceTypes":
		b.WriteString(`<DescribeInstanceTypesResponse><instanceTypeSet><item><instanceType>m5.large</instanceType><vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo></item></instanceTypeSet></DescribeInstanceTypesResponse>`)
	default:
		w.WriteHeader(http.StatusInternalServerError)
	}
	_, _ = w.Write([]byte(b.String()))
}

func newRegion(t *testing.T, ids func() []string) (*region, *Backend) {
	t.Helper()
	r := &region{ids: ids, asked: map[string]int{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	b, err := Open(config.Config{Region: "us-east-1", Endpoint: server.URL, AccessKeyID: "A", SecretAccessKey: "s"},
		api.Settings{Log: slog.New(slog.DiscardHandler), Retry: api.Retry{Longest: time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return r, b
}

// idsOf gives the ids of a list, or its error.
func idsOf[T sdk.Object](items iter.Seq2[T, error]) (string, error) {
	var ids []string
	for item, err := range items {
		if err != nil {
			return "", err
		}
		ids = append(ids, item.Common().ID)
	}
	return strings.Join(ids, " "), nil
}

// TestIDsThatChangeAreNotBelieved is an AWS that gives other ids at each request:
// were it believed, everything would be deleted and made anew.
func TestIDsThatChangeAreNotBelieved(t *testing.T) {
	n, changing := 0, false
	_, b := newRegion(t, func() []string {
		if changing {
			n++
		}
		return []string{fmt.Sprintf("i-%08d", n)}
	})
	if ids, err := idsOf(b.ListResources(t.Context(), sdk.ListOptions{})); err != nil || ids != "i-00000000" {
		t.Fatalf("at first %q, %v", ids, err)
	}
	changing = true
	_, err := idsOf(b.ListResources(t.Context(), sdk.ListOptions{}))
	const want = "listing the instances: no two of 4 lists in a row had the same ids, so none is believed"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	changing = false // it has settled: these are gone, and there are others
	if ids, err := idsOf(b.ListResources(t.Context(), sdk.ListOptions{})); err != nil || ids != fmt.Sprintf("i-%08d", n) {
		t.Errorf("at last %q, %v", ids, err)
	}
}

// TestFewCalls counts what a poll of everything but clusters asks.
func TestFewCalls(t *testing.T) {
	r, b := newRegion(t, func() []string { return []string{"i-00000001", "i-00000002", "i-00000003"} })
	for range 2 {
		for what, list := range map[string]func() (string, error){
			"pool":                             func() (string, error) { return idsOf(b.ListResourcePools(t.Context(), sdk.ListOptions{})) },
			"i-00000001 i-00000002 i-00000003": func() (string, error) { return idsOf(b.ListResources(t.Context(), sdk.ListOptions{})) },
			"m5.large":                         func() (string, error) { return idsOf(b.ListResourceTypes(t.Context(), sdk.ListOptions{})) },
		} {
			if ids, err := list(); err != nil || ids != what {
				t.Errorf("got %q, %v, want %q", ids, err, what)
			}
		}
	}
	if got, want := fmt.Sprint(r.asked), "map[DescribeAutoScalingGroups:6 DescribeInstanceTypes:1 DescribeInstances:2]"; got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}

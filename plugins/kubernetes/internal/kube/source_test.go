package kube

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metainternal "k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
)

// pages answers lists of Nodes in pages of two, and fails where told to.
type pages struct {
	total  int
	fail   map[int]error
	calls  int
	wanted []metav1.ListOptions
}

func (p *pages) list(_ context.Context, opts metav1.ListOptions) (runtime.Object, error) {
	p.calls++
	p.wanted = append(p.wanted, opts)
	if err := p.fail[p.calls]; err != nil {
		return nil, err
	}
	first := 0
	if opts.Continue != "" {
		if _, err := fmt.Sscan(opts.Continue, &first); err != nil {
			return nil, err
		}
	}
	list := &corev1.NodeList{ListMeta: metav1.ListMeta{ResourceVersion: "77"}}
	for i := first; i < min(first+2, p.total); i++ {
		list.Items = append(list.Items, corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint(i), UID: types.UID(fmt.Sprint(i))}})
	}
	if first+2 < p.total {
		list.Continue = fmt.Sprint(first + 2)
	}
	return list, nil
}

// TestListParts lists to the end or fails: the first pages alone would pass for
// deletions of all the rest.
func TestListParts(t *testing.T) {
	expired, broken := apierrors.NewResourceExpired("gone"), errors.New("connection reset")
	for name, test := range map[string]struct {
		total int
		fail  map[int]error
		want  []string
		err   error
		calls int
	}{
		"one page":                     {2, nil, []string{"0", "1"}, nil, 1},
		"none":                         {0, nil, nil, nil, 1},
		"three pages":                  {5, nil, []string{"0", "1", "2", "3", "4"}, nil, 3},
		"broken off":                   {5, map[int]error{2: broken}, nil, broken, 2},
		"expired, then well":           {5, map[int]error{3: expired}, []string{"0", "1", "2", "3", "4"}, nil, 6},
		"expired again and again":      {5, map[int]error{2: expired, 4: expired, 6: expired}, nil, expired, 6},
		"expired at once, no progress": {5, map[int]error{1: expired}, nil, expired, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := &pages{total: test.total, fail: test.fail}
			s := sources(inventory.Mapper{}, nil)[0]
			list, err := listParts(t.Context(), s, p.list, metav1.ListOptions{ResourceVersion: "0"})
			if !errors.Is(err, test.err) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			if p.calls != test.calls {
				t.Errorf("%d calls, want %d", p.calls, test.calls)
			}
			for _, opts := range p.wanted {
				if opts.Limit != pageSize || opts.ResourceVersion != "" {
					t.Errorf("asked with %+v, want pages of %d at no version", opts, pageSize)
				}
			}
			if test.err != nil {
				return
			}
			parts := list.(*metainternal.List)
			var names []string
			for _, item := range parts.Items {
				names = append(names, item.(*inventory.Node).Name)
			}
			if !slices.Equal(names, test.want) || parts.ResourceVersion != "77" || parts.Continue != "" {
				t.Errorf("got %q at %q, continue %q, want %q at 77 and no more", names, parts.ResourceVersion, parts.Continue, test.want)
			}
		})
	}
}

func TestSources(t *testing.T) {
	var got []string
	for _, s := range sources(inventory.Mapper{}, []string{"a", "b"}) {
		got = append(got, s.group+"/"+s.resource+" "+s.origin.Namespace)
	}
	want := []string{
		"/nodes ", "/persistentvolumes ", "storage.k8s.io/storageclasses ",
		"machine.openshift.io/machinesets a", "machine.openshift.io/machines a", "cluster.x-k8s.io/machinedeployments a", "cluster.x-k8s.io/machines a",
		"machine.openshift.io/machinesets b", "machine.openshift.io/machines b", "cluster.x-k8s.io/machinedeployments b", "cluster.x-k8s.io/machines b",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestListWhole asks for a source that is read as it streams in one piece, and
// never for a state that may be older than what was written.
func TestListWhole(t *testing.T) {
	for name, test := range map[string]struct{ asked, got string }{
		"first":           {"0", ""},
		"again":           {"42", "42"},
		"after an expiry": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := &feed{source: source{whole: true}}
			var got metav1.ListOptions
			_, err := f.list(t.Context(), func(_ context.Context, opts metav1.ListOptions) (runtime.Object, error) {
				got = opts
				return &metainternal.List{}, nil
			}, metav1.ListOptions{ResourceVersion: test.asked, Limit: 500})
			if err != nil || got.ResourceVersion != test.got || got.Limit != 0 {
				t.Errorf("asked with %+v, error %v; want version %q and no limit", got, err, test.got)
			}
		})
	}
}

package sdk

import (
	"reflect"
	"strings"
	"testing"

	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

func TestBatch(t *testing.T) {
	object := func(size int) *pluginv1.Object { return &pluginv1.Object{Description: strings.Repeat("x", size)} }
	repeat := func(n, size int) []*pluginv1.Object {
		list := make([]*pluginv1.Object, n)
		for i := range list {
			list[i] = object(size)
		}
		return list
	}
	for name, tc := range map[string]struct {
		objects []*pluginv1.Object
		want    []int // objects a message
	}{
		"nothing":         {nil, nil},
		"a few":           {repeat(3, 10), []int{3}},
		"just full":       {repeat(protocol.BatchObjects, 1), []int{protocol.BatchObjects}},
		"one more":        {repeat(protocol.BatchObjects+1, 1), []int{protocol.BatchObjects, 1}},
		"by size":         {repeat(5, protocol.BatchBytes/2-100), []int{2, 2, 1}},
		"each too large":  {repeat(2, protocol.BatchBytes+1), []int{1, 1}},
		"large in middle": {append(append(repeat(2, 10), object(2*protocol.BatchBytes)), repeat(2, 10)...), []int{2, 1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []int
			b := &batch[*pluginv1.Object]{send: func(objects []*pluginv1.Object) error {
				got = append(got, len(objects))
				return nil
			}}
			for _, o := range tc.objects {
				if err := b.add(o); err != nil {
					t.Fatal(err)
				}
			}
			if err := b.flush(); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

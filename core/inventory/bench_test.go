package inventory

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// crowd makes n resources in pools of 250 with extensions of some 400 bytes.
func crowd(n int) []o2.Object {
	random := rand.New(rand.NewPCG(1, 2))
	objects := make([]o2.Object, n)
	for i, k := range random.Perm(n) {
		r := resource(k, in(rid(1_000_000+k%max(1, n/250)), rid(2_000_000+k%7)))
		r.Extensions = o2.JSON(fmt.Sprintf(`{"hostname":"host-%d","padding":"%s","rack":%d}`, k, strings.Repeat("x", 350), k%40))
		o2.Seal(r)
		objects[i] = r
	}
	return objects
}

func encodeAll(o o2.Object) []byte {
	return []byte(`{"id":"` + string(o.Head().ID) + `","extensions":` + string(o.Head().Extensions) + `}`)
}

func crowded(b *testing.B, n int) (*Service, *view) {
	b.Helper()
	s := service(func(c *Config) { c.Projections = []inventory.Projection{encodeAll} })
	return s, stocked(s, "b", crowd(n)...)
}

var sizes = []int{1_000, 100_000}

func BenchmarkListPage(b *testing.B) {
	for _, n := range sizes {
		s, _ := crowded(b, n)
		pool := filter(b, "(eq,resourcePoolId,"+string(rid(1_000_000))+")")
		none := filter(b, "(eq,name,none)")
		for name, q := range map[string]inventory.Query{
			"first100":         {Limit: 100},
			"middle100":        {Limit: 100, After: rid(n / 2)},
			"pool100":          {Limit: 100, Filter: pool},
			"scan-all-by-name": {Limit: 100, Filter: none},
		} {
			q.Kind = o2.KindResource
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				b.ReportAllocs()
				bytes := 0
				for b.Loop() {
					page, err := s.List(context.Background(), defaultScope, q)
					if err != nil {
						b.Fatal(err)
					}
					for _, item := range page.Items {
						bytes += len(item.Encoded(0))
					}
				}
			})
		}
	}
}

func BenchmarkGet(b *testing.B) {
	for _, n := range sizes {
		s, _ := crowded(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, _, err := s.Get(context.Background(), defaultScope, o2.KindResource, rid(i*7919%n)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOneChange(b *testing.B) {
	for _, n := range sizes {
		_, v := crowded(b, n)
		feed := v.session()
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := feed.Put([]o2.Object{resource(i*7919%n, named(fmt.Sprint(i)))}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSnapshot(b *testing.B) {
	objects := crowd(100_000)
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			stocked(service(), "b", objects...)
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		v := stocked(service(), "b", objects...)
		feed := v.session()
		for b.Loop() {
			if err := sendSnapshot(feed, objects...); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkMemory reports what the view itself takes for an object, besides the
// object and its encoding.
func BenchmarkMemory(b *testing.B) {
	objects := crowd(100_000)
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := service()
		stocked(s, "b", objects...)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(objects)), "B/object")
		runtime.KeepAlive(s)
	}
}

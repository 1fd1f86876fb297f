package inventory

import (
	"context"
	"fmt"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// BenchmarkMergedPage lists pages, none twice, of 100,000 resources in one backend
// and in ten.
func BenchmarkMergedPage(b *testing.B) {
	for _, backends := range []int{1, 10} {
		all := crowd(100_000)
		s := service(func(c *Config) { c.Projections = []inventory.Projection{encodeAll} })
		for i := range backends {
			name, part := fmt.Sprintf("b%d", i), all[i*len(all)/backends:(i+1)*len(all)/backends]
			for _, o := range part {
				o.Head().Backend = name
			}
			stocked(s, name, part...)
		}
		b.Run(fmt.Sprintf("backends=%d", backends), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				q := inventory.Query{Kind: o2.KindResource, Limit: 100, After: rid(i * 7919 % 99_000)}
				page, err := s.List(context.Background(), defaultScope, q)
				if err != nil || len(page.Items) != q.Limit {
					b.Fatal(len(page.Items), err)
				}
				for _, item := range page.Items {
					item.Encoded(0)
				}
			}
		})
	}
}

package ocloud

import (
	"fmt"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// BenchmarkDraw draws 10,000 pools at 100 places, half of them told by a backend.
func BenchmarkDraw(b *testing.B) {
	var page inventory.Page
	for n := range 10_000 {
		place := inPlace("", fmt.Sprintf("Hall %d", n%100))
		if n%2 == 0 {
			place = told(o2.Site{NativeID: fmt.Sprint(n % 100), Location: o2.Location{GlobalID: fmt.Sprint(n % 50)}})
		}
		page.Items = append(page.Items, item{pool: pool(n, place)})
	}
	a := NewAtlas(configured())
	for b.Loop() {
		a.draw([]inventory.Page{page})
	}
}

package reading

import (
	"bytes"
	"testing"

	"github.com/netweave/netweave/core/o2"
)

func TestPages(t *testing.T) {
	var p pages
	one, two := o2.Digest{1: 1, 9: 1}, o2.Digest{1: 1, 9: 2} // share a place
	body := []byte("one")
	p.offer(one, body)
	if got := p.get(one); got != nil {
		t.Errorf("kept at its first request: %q", got)
	}
	p.offer(one, body)
	body[0] = 'X' // the caller's buffer goes back to its pool
	if got := p.get(one); string(got) != "one" {
		t.Errorf("at its second request %q is kept, want a copy of it", got)
	}
	if got := p.get(two); got != nil {
		t.Errorf("another page in the same place got %q", got)
	}
	p.offer(two, []byte("two"))
	p.offer(two, []byte("two"))
	if got, gone := p.get(two), p.get(one); string(got) != "two" || gone != nil {
		t.Errorf("kept %q and %q, want the later page alone", got, gone)
	}
	long := o2.Digest{3: 3}
	for range 2 {
		p.offer(long, bytes.Repeat([]byte{'x'}, pageMost+1))
	}
	if p.get(long) != nil {
		t.Error("a page over the bound is kept")
	}
}

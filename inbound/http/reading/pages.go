package reading

import (
	"bytes"
	"encoding/binary"
	"sync/atomic"

	"github.com/netweave/netweave/core/o2"
)

const (
	// pageSlots and pageMost bound what is kept to 16 MiB.
	pageSlots = 64
	pageMost  = 256 << 10
	// askedSlots is how many tags are remembered as asked for once.
	askedSlots = 1024
)

// pages keeps the bytes of pages that are asked for again and again unchanged,
// as a poller does: they are then sent without being put together anew. A page
// is known by its tag's fingerprint, which covers all that its bytes depend on,
// whose objects they are included; so nothing ever needs to be invalidated. A
// page takes a place from another at its second request. The zero pages is
// empty; its methods take no lock.
type pages struct {
	slots [pageSlots]atomic.Pointer[page]
	asked [askedSlots]atomic.Uint64
}

type page struct {
	digest o2.Digest
	body   []byte
}

// get returns a page's bytes, nil if they are not kept; not to be changed.
func (p *pages) get(d o2.Digest) []byte {
	if kept := p.slots[place(d)%pageSlots].Load(); kept != nil && kept.digest == d {
		return kept.body
	}
	return nil
}

// offer shows a page that was put together for an answer; body is copied if it
// is to be kept.
func (p *pages) offer(d o2.Digest, body []byte) {
	if len(body) > pageMost {
		return
	}
	at := place(d)
	if p.asked[at%askedSlots].Swap(at) == at {
		p.slots[at%pageSlots].Store(&page{digest: d, body: bytes.Clone(body)})
	}
}

// place spreads fingerprints, which are as good as random.
func place(d o2.Digest) uint64 { return binary.LittleEndian.Uint64(d[:]) }

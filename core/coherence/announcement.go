package coherence

import (
	"encoding/json"
	"fmt"

	"github.com/netweave/netweave/core/o2"
)

// announcement is one write, or one delete if object is nil.
type announcement struct {
	origin   string
	object   o2.Object
	backend  string
	key      o2.ObjectKey
	revision uint64
}

// record is an announcement on the bus. Its names stay as they are.
type record struct {
	Origin   string `json:"origin"`
	Object   []byte `json:"object,omitempty"`
	Deleted  bool   `json:"deleted,omitempty"`
	Backend  string `json:"backend,omitempty"`
	Kind     string `json:"kind,omitempty"`
	ID       o2.ID  `json:"id,omitempty"`
	Revision uint64 `json:"revision,omitempty"`
}

func (n announcement) encode() []byte {
	r := record{Origin: n.origin}
	if n.object != nil {
		r.Object, r.Backend = o2.Encode(n.object), n.object.Head().Backend
	} else {
		r.Deleted, r.Backend, r.Kind, r.ID, r.Revision = true, n.backend, n.key.Kind.String(), n.key.ID, n.revision
	}
	raw, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("coherence: a record of texts and numbers cannot be encoded: %v", err))
	}
	return raw
}

func decode(raw []byte) (announcement, error) {
	var r record
	if err := json.Unmarshal(raw, &r); err != nil {
		return announcement{}, fmt.Errorf("reading an announcement: %w", err)
	}
	n := announcement{origin: r.Origin, backend: r.Backend, revision: r.Revision}
	if r.Deleted {
		kind, err := o2.ParseKind(r.Kind)
		if err != nil {
			return announcement{}, fmt.Errorf("reading an announcement: %w", err)
		}
		n.key = o2.ObjectKey{Kind: kind, ID: r.ID}
		return n, nil
	}
	var err error
	if n.object, err = o2.Decode(r.Object); err != nil {
		return announcement{}, fmt.Errorf("reading an announcement: %w", err)
	}
	return n, nil
}

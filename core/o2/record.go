package o2

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// recordVersion starts every record. A reader refuses those it does not know.
const recordVersion = 1

var errTruncated = errors.New("it ends too early")

// Canonical returns o with its canonical state alone: without volatile
// extensions, sums over other objects, and its revision. It is sealed, and is o
// itself if there is nothing to leave out.
func Canonical(o Object) Object {
	h := o.Head()
	plain := h.Volatile == "" && h.Revision == 0
	var slim Object
	switch o := o.(type) {
	case *DeploymentManager:
		if plain && o.Capacity == "" {
			return o
		}
		c := *o
		c.Capacity = ""
		slim = &c
	case *ResourcePool:
		c := *o
		slim = &c
	case *Resource:
		c := *o
		slim = &c
	case *ResourceType:
		c := *o
		slim = &c
	}
	if plain && o.Kind() != KindDeploymentManager {
		return o
	}
	head := slim.Head()
	head.Volatile, head.Revision = "", 0
	Seal(slim)
	return slim
}

// Encode returns o as stores and other processes keep it; Decode reads it.
func Encode(o Object) []byte {
	h := o.Head()
	b := make([]byte, 0, 256+len(h.Extensions)+len(h.Volatile))
	b = append(b, recordVersion, byte(o.Kind()))
	b = appendText(b, h.Backend)
	b = binary.AppendUvarint(b, h.Revision)
	b = h.headState(b)
	b = appendText(b, string(h.Volatile))
	b = o.state(b)
	return o.shown(b)
}

// Decode returns the object that Encode wrote, sealed.
func Decode(record []byte) (Object, error) {
	if len(record) < 2 || record[0] != recordVersion {
		return nil, fmt.Errorf("an object's record cannot be read: it is not of version %d", recordVersion)
	}
	r := recordReader{rest: string(record[2:])}
	h := Header{Backend: r.text(), Revision: r.number()}
	h.ID, h.NativeID, h.Tenant = ID(r.text()), r.text(), r.text()
	h.Name, h.Description = r.text(), r.text()
	h.Extensions, h.Volatile = JSON(r.text()), JSON(r.text())
	var o Object
	switch kind := Kind(record[1]); kind {
	case KindDeploymentManager:
		o = &DeploymentManager{
			Header: h, OCloudID: r.text(), ServiceURI: r.text(), SupportedLocations: r.texts(),
			Capabilities: JSON(r.text()), Capacity: JSON(r.text()),
		}
	case KindResourcePool:
		o = &ResourcePool{Header: h, OCloudID: r.text(), Location: r.text(), GlobalLocationID: r.text()}
	case KindResource:
		o = &Resource{
			Header: h, ResourceTypeID: ID(r.text()), ResourcePoolID: ID(r.text()), ParentID: ID(r.text()),
			GlobalAssetID: r.text(), Tags: r.texts(),
		}
	case KindResourceType:
		o = &ResourceType{
			Header: h, Vendor: r.text(), Model: r.text(), Version: r.text(),
			ResourceKind: ResourceKind(r.text()), ResourceClass: ResourceClass(r.text()),
		}
	default:
		return nil, fmt.Errorf("an object's record cannot be read: it is of the unknown kind %d", kind)
	}
	if r.err == nil && r.rest != "" {
		r.err = fmt.Errorf("%d bytes follow its end", len(r.rest))
	}
	if r.err != nil {
		return nil, fmt.Errorf("an object's record cannot be read: %w", r.err)
	}
	Seal(o)
	return o, nil
}

// recordReader reads what appendText and its like wrote; the first error stays.
type recordReader struct {
	rest string
	err  error
}

func (r *recordReader) number() uint64 {
	var n uint64
	for i := range min(len(r.rest), binary.MaxVarintLen64) {
		n |= uint64(r.rest[i]&0x7f) << (7 * i)
		if r.rest[i] < 0x80 {
			r.rest = r.rest[i+1:]
			return n
		}
	}
	r.fail()
	return 0
}

func (r *recordReader) text() string {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.fail()
		return ""
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *recordReader) texts() []string {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.fail()
		return nil
	}
	var list []string
	for range n {
		list = append(list, r.text())
	}
	return list
}

func (r *recordReader) fail() {
	r.rest = ""
	if r.err == nil {
		r.err = errTruncated
	}
}

package o2

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
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
		if plain && o.CreatedAt.IsZero() && o.UpdatedAt.IsZero() && o.Health == nil && o.Metrics == nil {
			return o
		}
		c := *o
		c.CreatedAt, c.UpdatedAt, c.Health, c.Metrics = time.Time{}, time.Time{}, nil, nil
		slim = &c
	case *Resource:
		if plain {
			return o
		}
		c := *o
		slim = &c
	case *ResourceType:
		if plain {
			return o
		}
		c := *o
		slim = &c
	case *Alarm:
		if plain && o.ProbableCause == "" && !o.Held {
			return o
		}
		c := *o
		c.ProbableCause, c.Held = "", false
		slim = &c
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
		p := &ResourcePool{Header: h, OCloudID: r.text(), Location: r.text(), GlobalLocationID: r.text()}
		if r.more() {
			p.Tags, p.Site = r.texts(), r.site()
		}
		if r.more() {
			p.CreatedAt, p.UpdatedAt, p.Health, p.Metrics = r.time(), r.time(), r.poolHealth(), r.poolMetrics()
		}
		o = p
	case KindResource:
		o = &Resource{
			Header: h, ResourceTypeID: ID(r.text()), ResourcePoolID: ID(r.text()), ParentID: ID(r.text()),
			GlobalAssetID: r.text(), Tags: r.texts(),
		}
	case KindResourceType:
		t := &ResourceType{
			Header: h, Vendor: r.text(), Model: r.text(), Version: r.text(),
			ResourceKind: ResourceKind(r.text()), ResourceClass: ResourceClass(r.text()),
		}
		if r.more() {
			t.AlarmDictionaryVersion, t.Alarms = r.text(), r.alarmDefinitions()
		}
		o = t
	case KindAlarm:
		o = r.alarm(h)
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

// more reports whether anything follows: what an older version did not write is
// left out.
func (r *recordReader) more() bool { return r.rest != "" }

func (r *recordReader) time() time.Time {
	n := r.number()
	if n == 0 || n > math.MaxInt64 {
		return time.Time{}
	}
	return time.UnixMilli(int64(n)).UTC()
}

func (r *recordReader) float() float64 {
	if len(r.rest) < 8 {
		r.fail()
		return 0
	}
	f := math.Float64frombits(binary.BigEndian.Uint64([]byte(r.rest[:8])))
	r.rest = r.rest[8:]
	return f
}

func (r *recordReader) bool() bool { return r.number() != 0 }

func (r *recordReader) fail() {
	r.rest = ""
	if r.err == nil {
		r.err = errTruncated
	}
}

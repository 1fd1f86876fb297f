package o2

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"time"
)

// Digest is a 128-bit fingerprint of an object's content.
type Digest [16]byte

// String returns the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Seal computes o's digests. It is called once, by whoever built the object,
// before anyone else sees it.
func Seal(o Object) {
	buf := make([]byte, 0, 1024)
	buf = append(buf, byte(o.Kind()))
	buf = o.Head().headState(buf)
	buf = o.state(buf)
	h := o.Head()
	h.StateDigest = digest(buf)
	buf = appendText(buf, string(h.Volatile))
	buf = o.shown(buf)
	h.Digest = digest(buf)
}

func digest(b []byte) Digest {
	sum := sha256.Sum256(b)
	return Digest(sum[:16])
}

// headState is the header's part of the canonical state. Backend and NativeID
// are in it by way of ID; Revision is not state.
func (h *Header) headState(dst []byte) []byte {
	dst = appendText(dst, string(h.ID))
	dst = appendText(dst, h.NativeID)
	dst = appendText(dst, h.Tenant)
	dst = appendText(dst, h.Name)
	dst = appendText(dst, h.Description)
	return appendText(dst, string(h.Extensions))
}

func (d *DeploymentManager) state(dst []byte) []byte {
	dst = appendText(dst, d.OCloudID)
	dst = appendText(dst, d.ServiceURI)
	dst = appendTexts(dst, d.SupportedLocations)
	return appendText(dst, string(d.Capabilities))
}

func (d *DeploymentManager) shown(dst []byte) []byte { return appendText(dst, string(d.Capacity)) }

func (p *ResourcePool) state(dst []byte) []byte {
	dst = appendText(dst, p.OCloudID)
	dst = appendText(dst, p.Location)
	dst = appendText(dst, p.GlobalLocationID)
	// What came later is left out where there is none of it, so that an object has
	// the digest that it always had.
	if len(p.Tags) == 0 && p.Site == nil {
		return dst
	}
	return p.Site.state(appendTexts(dst, p.Tags))
}

func (p *ResourcePool) shown(dst []byte) []byte {
	if p.CreatedAt.IsZero() && p.UpdatedAt.IsZero() && p.Health == nil && p.Metrics == nil {
		return dst
	}
	if len(p.Tags) == 0 && p.Site == nil {
		dst = p.Site.state(appendTexts(dst, nil))
	}
	dst = appendTime(appendTime(dst, p.CreatedAt), p.UpdatedAt)
	return p.Metrics.shown(p.Health.shown(dst))
}

func (r *Resource) state(dst []byte) []byte {
	dst = appendText(dst, string(r.ResourceTypeID))
	dst = appendText(dst, string(r.ResourcePoolID))
	dst = appendText(dst, string(r.ParentID))
	dst = appendText(dst, r.GlobalAssetID)
	return appendTexts(dst, r.Tags)
}

func (*Resource) shown(dst []byte) []byte { return dst }

func (t *ResourceType) state(dst []byte) []byte {
	dst = appendText(dst, t.Vendor)
	dst = appendText(dst, t.Model)
	dst = appendText(dst, t.Version)
	dst = appendText(dst, string(t.ResourceKind))
	dst = appendText(dst, string(t.ResourceClass))
	if t.AlarmDictionaryVersion == "" && len(t.Alarms) == 0 {
		return dst
	}
	dst = appendText(dst, t.AlarmDictionaryVersion)
	dst = binary.AppendUvarint(dst, uint64(len(t.Alarms)))
	for i := range t.Alarms {
		dst = t.Alarms[i].state(dst)
	}
	return dst
}

func (*ResourceType) shown(dst []byte) []byte { return dst }

// appendText writes s behind its length, so that no two sequences of texts
// share an encoding.
func appendText(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// appendTime writes a time to the millisecond, the zero time as 0.
func appendTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendUvarint(dst, 0)
	}
	return binary.AppendUvarint(dst, uint64(t.UnixMilli()))
}

func appendFloat(dst []byte, f float64) []byte {
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func appendTexts(dst []byte, list []string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	for _, s := range list {
		dst = appendText(dst, s)
	}
	return dst
}

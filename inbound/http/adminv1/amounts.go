package adminv1

import (
	"math"
	"strconv"
	"strings"

	"github.com/netweave/netweave/core/o2"
)

// The units of the API, in those of o2.Amounts.
const (
	millisPerCore = 1000
	bytesPerGB    = 1 << 30
)

// maxDecimals is how many decimals an amount may have: as many as are shown.
const maxDecimals = 3

// quotasOf reads quotas, nil for none. at is the attribute that they are in, "" if
// they are the whole body.
func quotasOf(in *Quotas, at string) (*o2.Quotas, error) {
	if in == nil {
		return nil, nil
	}
	q := o2.Quotas{
		ResourcePools: countOf(in.MaxResourcePools), Resources: countOf(in.MaxResources), Subscriptions: countOf(in.MaxSubscriptions),
	}
	for _, one := range []struct {
		attribute string
		sent      *float64
		unit      float64
		into      *int64
	}{
		{"maxCpuCores", in.MaxCpuCores, millisPerCore, &q.CPUMillis},
		{"maxMemoryGb", in.MaxMemoryGb, bytesPerGB, &q.MemoryBytes},
		{"maxStorageGb", in.MaxStorageGb, bytesPerGB, &q.StorageBytes},
	} {
		*one.into = o2.Unlimited
		if one.sent == nil {
			continue
		}
		if !isShort(*one.sent) {
			return nil, &o2.FieldError{Attribute: strings.TrimPrefix(at+"/"+one.attribute, "/"), Reason: "has more than three decimals"}
		}
		*one.into = int64(math.Round(*one.sent * one.unit))
	}
	return &q, nil
}

func countOf(sent *int64) int64 {
	if sent == nil {
		return o2.Unlimited
	}
	return *sent
}

// isShort reports whether f has at most maxDecimals decimals.
func isShort(f float64) bool {
	_, decimals, _ := strings.Cut(strconv.FormatFloat(f, 'f', -1, 64), ".")
	return len(decimals) <= maxDecimals
}

// shownQuotas returns quotas as the API has them, nil for none.
func shownQuotas(q *o2.Quotas) *Quotas {
	if q == nil {
		return nil
	}
	return &Quotas{
		MaxResourcePools: shownLimit(q.ResourcePools), MaxResources: shownLimit(q.Resources), MaxSubscriptions: shownLimit(q.Subscriptions),
		MaxCpuCores: shownBound(q.CPUMillis, millisPerCore), MaxMemoryGb: shownBound(q.MemoryBytes, bytesPerGB),
		MaxStorageGb: shownBound(q.StorageBytes, bytesPerGB),
	}
}

func shownLimit(n int64) *int64 {
	if n == o2.Unlimited {
		return nil
	}
	return &n
}

func shownBound(n, unit int64) *float64 {
	if n == o2.Unlimited {
		return nil
	}
	f := inUnit(n, unit)
	return &f
}

func shownUse(used o2.Amounts) QuotaUse {
	return QuotaUse{
		ResourcePools: used.ResourcePools, Resources: used.Resources, Subscriptions: used.Subscriptions,
		CpuCores: inUnit(used.CPUMillis, millisPerCore), MemoryGb: inUnit(used.MemoryBytes, bytesPerGB),
		StorageGb: inUnit(used.StorageBytes, bytesPerGB),
	}
}

// inUnit returns n in a unit, with maxDecimals decimals.
func inUnit(n, unit int64) float64 {
	const scale = 1000
	return math.Round(float64(n)/float64(unit)*scale) / scale
}

package adminv1

import (
	"math"
	"strconv"
	"strings"

	"github.com/netweave/netweave/core/o2"
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
		quota string
		sent  *float64
		into  *int64
	}{
		{quotaCores, in.MaxCpuCores, &q.CPUMillis},
		{quotaMemory, in.MaxMemoryGb, &q.MemoryBytes},
		{quotaStorage, in.MaxStorageGb, &q.StorageBytes},
	} {
		if *one.into = o2.Unlimited; one.sent == nil {
			continue
		}
		attribute := strings.TrimPrefix(at+"/"+one.quota, "/")
		if !isShort(*one.sent) {
			return nil, &o2.FieldError{Attribute: attribute, Reason: "has more than three decimals"}
		}
		amount, err := o2.QuotaAmount(one.quota, *one.sent)
		if err != nil {
			return nil, &o2.FieldError{Attribute: attribute, Reason: err.Error()}
		}
		*one.into = amount
	}
	return &q, nil
}

// The quotas that are no counts, as o2.QuotaNames has them.
const (
	quotaCores   = "maxCpuCores"
	quotaMemory  = "maxMemoryGb"
	quotaStorage = "maxStorageGb"
)

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
		MaxResourcePools: shownCount(q.ResourcePools), MaxResources: shownCount(q.Resources), MaxSubscriptions: shownCount(q.Subscriptions),
		MaxCpuCores: shownLimit(quotaCores, q.CPUMillis), MaxMemoryGb: shownLimit(quotaMemory, q.MemoryBytes),
		MaxStorageGb: shownLimit(quotaStorage, q.StorageBytes),
	}
}

func shownCount(n int64) *int64 {
	if n == o2.Unlimited {
		return nil
	}
	return &n
}

func shownLimit(quota string, n int64) *float64 {
	if n == o2.Unlimited {
		return nil
	}
	f := inUnit(quota, n)
	return &f
}

func shownUse(used o2.Amounts) QuotaUse {
	return QuotaUse{
		ResourcePools: used.ResourcePools, Resources: used.Resources, Subscriptions: used.Subscriptions,
		CpuCores: inUnit(quotaCores, used.CPUMillis), MemoryGb: inUnit(quotaMemory, used.MemoryBytes),
		StorageGb: inUnit(quotaStorage, used.StorageBytes),
	}
}

// inUnit returns n in its quota's unit, with maxDecimals decimals.
func inUnit(quota string, n int64) float64 {
	const scale = 1000
	return math.Round(o2.QuotaValue(quota, n)*scale) / scale
}

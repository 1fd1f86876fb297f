package o2

import (
	"math"
	"strconv"
)

// Amounts count what quotas bound.
type Amounts struct {
	ResourcePools, Resources, Subscriptions int64
	// CPUMillis are thousandths of a CPU core; memory and storage are in bytes.
	CPUMillis, MemoryBytes, StorageBytes int64
}

// Quotas are the most that a tenant may have of each; Unlimited is no bound.
type Quotas Amounts

// Unlimited stands for no bound in Quotas.
const Unlimited int64 = -1

// QuotaNames are the amounts' names in the API, in the order of Each.
var QuotaNames = [...]string{
	"maxResourcePools", "maxResources", "maxSubscriptions", "maxCpuCores", "maxMemoryGb", "maxStorageGb",
}

// Each returns the amounts in the order of QuotaNames.
func (a Amounts) Each() [len(QuotaNames)]int64 {
	return [...]int64{a.ResourcePools, a.Resources, a.Subscriptions, a.CPUMillis, a.MemoryBytes, a.StorageBytes}
}

// AmountsOf is the reverse of Each.
func AmountsOf(each [len(QuotaNames)]int64) Amounts {
	return Amounts{
		ResourcePools: each[0], Resources: each[1], Subscriptions: each[2],
		CPUMillis: each[3], MemoryBytes: each[4], StorageBytes: each[5],
	}
}

// Plus returns the sum.
func (a Amounts) Plus(b Amounts) Amounts {
	x, y := a.Each(), b.Each()
	for i := range x {
		x[i] += y[i]
	}
	return AmountsOf(x)
}

// Minus returns the difference, which may have negative amounts.
func (a Amounts) Minus(b Amounts) Amounts {
	x, y := a.Each(), b.Each()
	for i := range x {
		x[i] -= y[i]
	}
	return AmountsOf(x)
}

// Exceeded returns the index in QuotaNames of the first quota that used and wanted
// together would go beyond. What is not wanted is not looked at: a tenant that has
// too much of one thing may still have more of another.
func (q Quotas) Exceeded(used, wanted Amounts) (index int, exceeded bool) {
	limits, have, want := Amounts(q).Each(), used.Each(), wanted.Each()
	for i := range limits {
		if want[i] > 0 && limits[i] != Unlimited && want[i] > limits[i]-have[i] { // a sum might overflow
			return i, true
		}
	}
	return 0, false
}

// QuotaText returns an amount in its quota's own unit: cores, or gigabytes of
// 1024^3 bytes, with at most three decimals.
func QuotaText(quota string, amount int64) string {
	return strconv.FormatFloat(math.Round(QuotaValue(quota, amount)*1000)/1000, 'f', -1, 64)
}

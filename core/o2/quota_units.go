package o2

import (
	"fmt"
	"math"
)

// mostAmount is the greatest amount: sums of two do not overflow.
const mostAmount = 1 << 62

// QuotaValue returns an amount in its quota's own unit: cores, gigabytes of
// 1024^3 bytes, or pieces. Unlimited stays what it is.
func QuotaValue(quota string, amount int64) float64 {
	if amount == Unlimited {
		return float64(Unlimited)
	}
	return float64(amount) / quotaUnit(quota)
}

// QuotaAmount is the reverse of QuotaValue. Its error completes the sentence
// "<quota> ...".
func QuotaAmount(quota string, value float64) (int64, error) {
	if value == float64(Unlimited) {
		return Unlimited, nil
	}
	unit := quotaUnit(quota)
	amount := math.Round(value * unit)
	switch {
	case math.IsNaN(value) || value < 0 || amount > mostAmount:
		return 0, fmt.Errorf("is %v: want 0 to %.0f, or %d for no limit", value, math.Floor(mostAmount/unit), Unlimited)
	case unit == 1 && amount != value:
		return 0, fmt.Errorf("is %v: want a whole number", value)
	}
	return int64(amount), nil
}

func quotaUnit(quota string) float64 {
	switch quota {
	case "maxCpuCores":
		return 1000
	case "maxMemoryGb", "maxStorageGb":
		return 1 << 30
	default:
		return 1
	}
}

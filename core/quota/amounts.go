package quota

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/netweave/netweave/core/o2"
)

// most bounds every amount, so that stores whose numbers are doubles count exactly
// and no sum overflows.
const most = 1 << 53

// unit is what 1 of an extension's values stands for, in the amount's own unit.
const (
	cores = 1000 // thousandths
	bytes = 1
	gib   = 1 << 30
	tib   = 1 << 40
)

// Size is how much of the quotas on capacity one resource takes.
type Size struct{ CPUMillis, MemoryBytes, StorageBytes int64 }

// member is one well-known extension, or one member of it, that tells a size.
type member struct {
	of   func(*Size) *int64
	unit float64
}

var (
	cpu     = func(s *Size) *int64 { return &s.CPUMillis }
	memory  = func(s *Size) *int64 { return &s.MemoryBytes }
	storage = func(s *Size) *int64 { return &s.StorageBytes }

	// quantities are Kubernetes' names of what a Node or a PersistentVolume has.
	quantities = map[string]member{
		"cpu": {cpu, cores}, "memory": {memory, bytes}, "storage": {storage, bytes}, "ephemeral-storage": {storage, bytes},
	}

	// sized are the extensions that tell sizes, by themselves ("") or in members.
	sized = map[string]map[string]member{
		"k8s.capacity":      quantities,
		"mock.cpu.cores":    {"": {cpu, cores}},
		"mock.memory.gib":   {"": {memory, gib}},
		"mock.disk.gib":     {"": {storage, gib}},
		"mock.capacity.tib": {"": {storage, tib}},
	}
)

// SizeOf reads the size of a resource, or of the resources of a type, from its
// extensions. ok is false if they tell none. Of several that tell the same amount
// the greatest counts: a tenant may have set one of them.
func SizeOf(extensions o2.JSON) (s Size, ok bool) {
	for key, value := range extensions.Members() {
		members, known := sized[key]
		if !known {
			continue
		}
		if whole, itself := members[""]; itself {
			ok = s.raise(whole, value) || ok
			continue
		}
		if value[0] != '{' {
			continue
		}
		for name, value := range o2.JSON(value).Members() {
			if m, known := members[name]; known {
				ok = s.raise(m, value) || ok
			}
		}
	}
	return s, ok
}

// raise takes over a value; false if it is none.
func (s *Size) raise(m member, value string) bool {
	amount, ok := amountOf(value, m.unit)
	if ok {
		of := m.of(s)
		*of = max(*of, amount)
	}
	return ok
}

// Plus adds up, to no more than any quota can be.
func (s Size) Plus(t *Size) Size {
	return Size{
		CPUMillis: min(s.CPUMillis+t.CPUMillis, most), MemoryBytes: min(s.MemoryBytes+t.MemoryBytes, most),
		StorageBytes: min(s.StorageBytes+t.StorageBytes, most),
	}
}

// Amounts is what n resources of the size take.
func (s Size) Amounts(n int64) o2.Amounts {
	return o2.Amounts{
		Resources: min(n, most), CPUMillis: times(s.CPUMillis, n), MemoryBytes: times(s.MemoryBytes, n), StorageBytes: times(s.StorageBytes, n),
	}
}

// Sum adds up, to no more than any quota can be.
func Sum(a, b o2.Amounts) o2.Amounts {
	sum := a.Plus(b).Each()
	for i := range sum {
		sum[i] = min(sum[i], most)
	}
	return o2.AmountsOf(sum)
}

func times(a, n int64) int64 {
	if a == 0 || n == 0 {
		return 0
	}
	if a > most/n {
		return most
	}
	return a * n
}

// amountOf reads a JSON value that is a number or a quantity in a text, such as
// "4", "500m" or "16Gi", and rounds up.
func amountOf(value string, unit float64) (int64, bool) {
	if value != "" && value[0] == '"' {
		var text string
		if json.Unmarshal([]byte(value), &text) != nil {
			return 0, false
		}
		value = text
	}
	number, suffix := cutNumber(value)
	scale, ok := scales[suffix]
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 {
		return 0, false // an infinite one is an error as well
	}
	return int64(math.Ceil(min(n*scale*unit, most))), true
}

// scales are the suffixes of Kubernetes' quantities.
var scales = map[string]float64{
	"": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
	"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40, "Pi": 1 << 50, "Ei": 1 << 60,
}

// cutNumber parts a quantity behind its number: digits with a point and an
// exponent, if it has them.
func cutNumber(s string) (number, suffix string) {
	digits := func(i int) int {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i
	}
	i := digits(0)
	if i < len(s) && s[i] == '.' {
		i = digits(i + 1)
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		exponent := i + 1
		if exponent < len(s) && strings.IndexByte("+-", s[exponent]) >= 0 {
			exponent++
		}
		if end := digits(exponent); end > exponent {
			i = end
		}
	}
	return s[:i], s[i:]
}

package quota

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/netweave/netweave/core/o2"
)

func TestSizeOf(t *testing.T) {
	for name, tt := range map[string]struct {
		extensions string
		want       Size
		ok         bool
	}{
		"nothing":             {``, Size{}, false},
		"nothing of a size":   {`{"k8s.kind":"Node","mock.rackUnits":2}`, Size{}, false},
		"a server of mock":    {`{"mock.cpu.cores":64,"mock.disk.gib":3840,"mock.memory.gib":512}`, Size{64000, 512 << 30, 3840 << 30}, true},
		"a store of mock":     {`{"mock.capacity.tib":184}`, Size{0, 0, 184 << 40}, true},
		"a Node":              {`{"k8s.allocatable":{"cpu":"3"},"k8s.capacity":{"cpu":"4","ephemeral-storage":"100Gi","memory":"16Gi","pods":"110"}}`, Size{4000, 16 << 30, 100 << 30}, true},
		"a PersistentVolume":  {`{"k8s.capacity":{"storage":"1500M"}}`, Size{0, 0, 1_500_000_000}, true},
		"part of a core":      {`{"k8s.capacity":{"cpu":"500m"}}`, Size{500, 0, 0}, true},
		"less than a part":    {`{"k8s.capacity":{"cpu":"1500u"}}`, Size{2, 0, 0}, true},
		"the greatest counts": {`{"k8s.capacity":{"cpu":"1"},"mock.cpu.cores":64}`, Size{64000, 0, 0}, true},
		"whatever the order":  {`{"k8s.capacity":{"cpu":"100"},"mock.cpu.cores":64}`, Size{100_000, 0, 0}, true},
		"a negative one":      {`{"mock.cpu.cores":-64}`, Size{}, false},
		"nonsense":            {`{"k8s.capacity":["cpu"],"mock.cpu.cores":"many","mock.memory.gib":{"a":1}}`, Size{}, false},
		"other nonsense":      {`{"k8s.capacity":[1,2],"mock.cpu.cores":null,"mock.memory.gib":true}`, Size{}, false},
		"a key in disguise":   {`{"mock\u002ecpu.cores":64}`, Size{64000, 0, 0}, true},
		"too much":            {`{"mock.cpu.cores":1e300,"mock.disk.gib":"9Ei"}`, Size{most, 0, most}, true},
		"none at all":         {`{"mock.cpu.cores":0}`, Size{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			extensions, err := o2.ParseJSON([]byte(tt.extensions))
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := SizeOf(extensions); got != tt.want || ok != tt.ok {
				t.Errorf("got %+v, %v, want %+v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestAmountsDoNotOverflow(t *testing.T) {
	size := Size{CPUMillis: most, MemoryBytes: 1 << 40, StorageBytes: 3}
	want := o2.Amounts{Resources: 1 << 20, CPUMillis: most, MemoryBytes: most, StorageBytes: 3 << 20}
	if got := size.Amounts(1 << 20); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	want.Resources, want.StorageBytes = 2<<20, 6<<20
	if got := Sum(size.Amounts(1<<20), size.Amounts(1<<20)); got != want {
		t.Errorf("the sum is %+v, want %+v", got, want)
	}
}

func TestReplicas(t *testing.T) {
	for name, tt := range map[string]struct {
		extensions, base o2.JSON
		want             int64
	}{
		"a new pool without":      {``, ``, 0},
		"a new pool with":         {`{"replicas":3}`, ``, 3},
		"as it was":               {`{"k8s.machineset.replicas":3}`, `{"k8s.machineset.replicas":3}`, 3},
		"raised by its own name":  {`{"k8s.machineset.replicas":5}`, `{"k8s.machineset.replicas":3}`, 5},
		"raised by the short one": {`{"k8s.machineset.replicas":3,"replicas":5}`, `{"k8s.machineset.replicas":3}`, 5},
		"lowered":                 {`{"k8s.machinedeployment.replicas":3,"replicas":1}`, `{"k8s.machinedeployment.replicas":3}`, 1},
		"by several names":        {`{"k8s.machineset.replicas":9,"replicas":5}`, `{"k8s.machineset.replicas":3}`, 9},
		"to nothing":              {`{"replicas":0}`, `{"replicas":3}`, 0},
		"no number":               {`{"replicas":"some"}`, ``, 0},
		"very many":               {`{"replicas":1e300}`, ``, most},
	} {
		if got := Replicas(tt.extensions, tt.base); got != tt.want {
			t.Errorf("%s: got %d, want %d", name, got, tt.want)
		}
	}
}

func TestInstanceType(t *testing.T) {
	for extensions, want := range map[o2.JSON]string{
		``: "", `{"k8s.instanceType":"m5.large"}`: "m5.large", `{"instanceType":"c5"}`: "c5",
		`{"instanceType":7,"k8s.instanceType":"m5"}`: "m5", `{"a":"b"}`: "",
	} {
		if got := InstanceType(extensions); got != want {
			t.Errorf("%s: got %q, want %q", extensions, got, want)
		}
	}
}

// FuzzSizeOf reads any extensions.
func FuzzSizeOf(f *testing.F) {
	f.Add([]byte(`{"k8s.capacity":{"cpu":"4"},"mock.cpu.cores":[1,2,{"a":"b"}]}`))
	f.Add([]byte(`{"k8s.capacity":{},"replicas":"1","instanceType":"\u00e9"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		extensions, err := o2.ParseJSON(raw)
		if err != nil {
			return
		}
		if s, ok := SizeOf(extensions); !ok && s != (Size{}) || s.CPUMillis < 0 || s.MemoryBytes < 0 || s.StorageBytes < 0 {
			t.Errorf("%s has the size %+v, %v", extensions, s, ok)
		}
		if n := Replicas(extensions, extensions); n < 0 || n > most {
			t.Errorf("%s has %d replicas", extensions, n)
		}
		InstanceType(extensions)
		members := map[string]json.RawMessage{}
		for key, value := range extensions.Members() {
			members[key] = json.RawMessage(value)
		}
		all, err := extensions.Map()
		if err != nil || len(all) != len(members) {
			t.Fatalf("%s has %d members, not %d: %v", extensions, len(all), len(members), err)
		}
		for key := range all {
			if !json.Valid(members[key]) {
				t.Errorf("%s: the member %q is %q", extensions, key, members[key])
			}
		}
	})
}

// FuzzAmountOf: no value makes an amount that is negative or beyond the bound, and
// a whole number is itself.
func FuzzAmountOf(f *testing.F) {
	for _, s := range []string{"4", "16Gi", "500m", "1e3", "1E", "1E3", ".5", "1.", "-1", "", "0x10", "inf", "NaN", "1_0", "9999999999999999999Ei", "1e-400", "\"", "1Gi "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []string{s, string(quoted)} {
			for _, unit := range []float64{1, cores, tib} {
				if n, ok := amountOf(value, unit); n < 0 || n > most || !ok && n != 0 {
					t.Errorf("%q is %d, %v", value, n, ok)
				}
			}
		}
		if n, err := strconv.ParseUint(s, 10, 64); err == nil && n <= most {
			if got, ok := amountOf(string(quoted), 1); !ok || got != int64(n) || math.Abs(float64(got)-float64(n)) > 0 {
				t.Errorf("%s is %d, %v", s, got, ok)
			}
		}
	})
}

package inventory

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
)

type number int

func (n number) compareKey(key int) int { return int(n)/1000 - key }

// TestSortedLikeAMap applies batches of edits to a list and to a map. An
// element is key*1000 + version.
func TestSortedLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SampledFrom([]int{5, 300, 3000}).Draw(t, "keys")
		var list sorted[int, number]
		model := map[int]number{}
		type version struct {
			list  sorted[int, number]
			model map[int]number
		}
		var old []version
		for range rapid.IntRange(1, 12).Draw(t, "batches") {
			touched := rapid.SliceOfNDistinct(rapid.IntRange(0, keys), 0, keys, rapid.ID[int]).Draw(t, "touched")
			if rapid.Bool().Draw(t, "run") && len(touched) > 0 { // a run of neighbours empties whole chunks
				from := touched[0]
				touched = touched[:0]
				for k := from; k < min(from+700, keys); k++ {
					touched = append(touched, k)
				}
			}
			slices.Sort(touched)
			remove := rapid.IntRange(0, 3).Draw(t, "remove")
			var edits []edit[int, number]
			next := maps.Clone(model)
			for i, k := range touched {
				if i%4 < remove {
					edits = append(edits, edit[int, number]{key: k, remove: true})
					delete(next, k)
					continue
				}
				n := number(k*1000 + rapid.IntRange(0, 999).Draw(t, "version"))
				edits = append(edits, edit[int, number]{key: k, element: n})
				next[k] = n
			}
			old = append(old, version{list, model})
			list, model = list.apply(edits), next
		}
		for _, v := range append(old, version{list, model}) { // old versions are untouched
			checkSorted(t, v.list, v.model, keys)
		}
	})
}

func checkSorted(t *rapid.T, list sorted[int, number], model map[int]number, keys int) {
	want := slices.Sorted(maps.Values(model))
	got := slices.Collect(list.all())
	if !slices.Equal(got, want) || list.len != len(want) {
		t.Fatalf("list holds %v (len %d), want %v", got, list.len, want)
	}
	for _, c := range list.chunks {
		if len(c) == 0 || len(c) > 2*chunkSize {
			t.Fatalf("a chunk of %d elements", len(c))
		}
	}
	for k := 0; k <= keys; k += 1 + keys/50 {
		n, ok := list.get(k)
		if m, there := model[k]; ok != there || n != m {
			t.Fatalf("get(%d) = %d, %v; want %d, %v", k, n, ok, m, there)
		}
		at, _ := slices.BinarySearch(want, number(k*1000))
		w := list.seek(k)
		for _, expected := range want[at:] {
			ahead, _ := w.peek()
			n, ok := w.step()
			if !ok || n != expected || ahead != n {
				t.Fatalf("walk from %d gives %d, %v; want %d", k, n, ok, expected)
			}
		}
		if n, ok := w.step(); ok {
			t.Fatalf("walk from %d goes on with %d", k, n)
		}
	}
}

func TestSortedChangeCopiesLittle(t *testing.T) {
	var edits []edit[int, number]
	for k := range 100_000 {
		edits = append(edits, edit[int, number]{key: k, element: number(k * 1000)})
	}
	list := sorted[int, number]{}.apply(edits)
	next := list.apply([]edit[int, number]{{key: 50_000, element: 50_000_001}})
	copied := 0
	for i := range next.chunks {
		if &next.chunks[i][0] != &list.chunks[i][0] {
			copied++
		}
	}
	if copied != 1 || len(next.chunks) != len(list.chunks) {
		t.Errorf("one change copied %d of %d chunks", copied, len(next.chunks))
	}
}

func TestBucketsAreKeptApart(t *testing.T) {
	v := testView(newShelf(Tenancy{}, newEncoder(nil), nil), "b")
	s := v.session()
	must(t, s.Put([]o2.Object{
		resource(1, owned("x"), in(rid(80), rid(90))), resource(2, owned("y"), in(rid(80), rid(91))), resource(3, owned("x"), in(rid(81), rid(90))),
	}))
	must(t, s.Put([]o2.Object{resource(1, owned("y"), in(rid(82), "")), resource(3, owned("x"), in("", rid(91)))}))
	must(t, s.Delete(o2.KindResource, []o2.ID{rid(2)}))
	k := v.state.Load().kinds[o2.KindResource]
	for name, tt := range map[string]struct {
		index buckets
		want  map[bucketKey][]o2.ID
	}{
		"tenant": {k.byTenant, map[bucketKey][]o2.ID{{"", "x"}: {rid(3)}, {"", "y"}: {rid(1)}}},
		"pool":   {k.byPool, map[bucketKey][]o2.ID{{string(rid(82)), "y"}: {rid(1)}}},
		"type":   {k.byType, map[bucketKey][]o2.ID{{string(rid(91)), "x"}: {rid(3)}}},
	} {
		got := map[bucketKey][]o2.ID{}
		for b := range tt.index.all() {
			for e := range b.entries.all() {
				got[b.key] = append(got[b.key], e.id)
			}
		}
		if !maps.EqualFunc(got, tt.want, slices.Equal) {
			t.Errorf("index by %s holds %v, want %v", name, got, tt.want)
		}
	}
}

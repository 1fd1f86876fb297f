package inventory

import (
	"iter"
	"slices"
	"sort"
)

// keyed is an element of a sorted list.
type keyed[K any] interface {
	// compareKey orders the element against a key: negative if it comes before.
	compareKey(key K) int
}

// sorted is an immutable list of elements by key, without repetition. It is cut
// in chunks, so that a change copies one or two chunks and the list of chunks,
// whatever the list's length. The zero value is the empty list.
type sorted[K any, T keyed[K]] struct {
	chunks [][]T
	len    int
}

// Chunks are made chunkSize long, are split when they grow beyond twice that
// and joined with their neighbour when both fit one chunk.
const chunkSize = 256

// edit is one change to a sorted list: element takes the place at key, or the
// place is emptied.
type edit[K any, T keyed[K]] struct {
	key     K
	element T
	remove  bool
}

// apply returns the list with edits made. The edits are in the order of their
// keys, one a key; removing what is not there changes nothing.
func (l sorted[K, T]) apply(edits []edit[K, T]) sorted[K, T] {
	if len(edits) == 0 {
		return l
	}
	next := sorted[K, T]{chunks: make([][]T, 0, len(l.chunks)+1+len(edits)/chunkSize)}
	done := 0 // chunks of l dealt with
	for len(edits) > 0 {
		at := max(l.chunkOf(edits[0].key), done)
		next.chunks = append(next.chunks, l.chunks[done:min(at, len(l.chunks))]...)
		var chunk []T
		if at < len(l.chunks) {
			chunk = l.chunks[at]
		}
		here := len(edits)
		if at+1 < len(l.chunks) {
			border := l.chunks[at+1][0]
			here = sort.Search(len(edits), func(i int) bool { return border.compareKey(edits[i].key) <= 0 })
		}
		next.chunks = appendChunk(next.chunks, merge(chunk, edits[:here]))
		edits = edits[here:]
		done = at + 1
	}
	if done < len(l.chunks) {
		next.chunks = append(next.chunks, l.chunks[done:]...)
	}
	for _, c := range next.chunks {
		next.len += len(c)
	}
	return next
}

// merge returns a new chunk: chunk with the edits made.
func merge[K any, T keyed[K]](chunk []T, edits []edit[K, T]) []T {
	merged := make([]T, 0, len(chunk)+len(edits))
	for i := range edits {
		e := &edits[i]
		n, found := slices.BinarySearchFunc(chunk, e.key, func(t T, key K) int { return t.compareKey(key) })
		merged = append(merged, chunk[:n]...)
		chunk = chunk[n:]
		if found {
			chunk = chunk[1:]
		}
		if !e.remove {
			merged = append(merged, e.element)
		}
	}
	return append(merged, chunk...)
}

// appendChunk appends what a merge made, in chunks of a good size.
func appendChunk[T any](chunks [][]T, chunk []T) [][]T {
	if len(chunk) == 0 {
		return chunks
	}
	if last := len(chunks) - 1; last >= 0 && len(chunks[last])+len(chunk) <= chunkSize {
		chunks[last] = slices.Concat(chunks[last], chunk)
		return chunks
	}
	if len(chunk) <= 2*chunkSize {
		return append(chunks, chunk)
	}
	for len(chunk) > 0 { // copies, so that no chunk keeps the whole merge alive
		n := min(chunkSize, len(chunk))
		chunks = append(chunks, slices.Clone(chunk[:n]))
		chunk = chunk[n:]
	}
	return chunks
}

// chunkOf returns the index of the chunk where key is or would be.
func (l sorted[K, T]) chunkOf(key K) int {
	n := sort.Search(len(l.chunks), func(i int) bool { return l.chunks[i][0].compareKey(key) > 0 })
	return max(n-1, 0)
}

// get returns the element at key.
func (l sorted[K, T]) get(key K) (element T, ok bool) {
	if len(l.chunks) == 0 {
		return element, false
	}
	chunk := l.chunks[l.chunkOf(key)]
	n, ok := slices.BinarySearchFunc(chunk, key, func(t T, key K) int { return t.compareKey(key) })
	if ok {
		element = chunk[n]
	}
	return element, ok
}

// walk is a place in a list.
type walk[T any] struct {
	chunks [][]T
	chunk  int
	next   int
}

// start returns the place before the first element.
func (l sorted[K, T]) start() walk[T] { return walk[T]{chunks: l.chunks} }

// seek returns the place before the first element that key does not follow.
func (l sorted[K, T]) seek(key K) walk[T] {
	if len(l.chunks) == 0 {
		return walk[T]{}
	}
	c := l.chunkOf(key)
	n, _ := slices.BinarySearchFunc(l.chunks[c], key, func(t T, key K) int { return t.compareKey(key) })
	return walk[T]{chunks: l.chunks, chunk: c, next: n}
}

// step passes the next element and returns it; ok is false at the end.
func (w *walk[T]) step() (element T, ok bool) {
	for w.chunk < len(w.chunks) {
		if c := w.chunks[w.chunk]; w.next < len(c) {
			w.next++
			return c[w.next-1], true
		}
		w.chunk++
		w.next = 0
	}
	return element, false
}

// peek returns the next element without passing it.
func (w *walk[T]) peek() (element T, ok bool) {
	ahead := *w
	return ahead.step()
}

// all iterates over the list in order.
func (l sorted[K, T]) all() iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, chunk := range l.chunks {
			for _, element := range chunk {
				if !yield(element) {
					return
				}
			}
		}
	}
}

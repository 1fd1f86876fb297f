package redis

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/snapshots"
	"github.com/netweave/netweave/ports/store"
)

// snapshotStore keeps each snapshot as a list of compressed chunks, under a key
// of its own; a hash names the one that counts.
type snapshotStore struct{ *Store }

var _ snapshots.Store = (*snapshotStore)(nil)

const (
	// chunkSize is about how many bytes a chunk has before it is compressed.
	chunkSize = 1 << 20
	// maxChunk bounds what a chunk may claim to be once it is not compressed.
	maxChunk = 64 << 20
	// stagedFor is how long a snapshot may be on its way in, readFor how long the
	// one before it stays for those who are reading it.
	stagedFor = 10 * time.Minute
	readFor   = time.Minute
)

// Publish is as in snapshots.Store.
func (s *snapshotStore) Publish(ctx context.Context, fence store.Token, snap snapshots.Snapshot) error {
	doing := "publishing a snapshot of " + snap.Backend
	key := s.key("snapshot:" + snap.Backend + ":" + random())
	chunks := packObjects(snap.Objects)
	for i, chunk := range chunks {
		pipe := s.client.Pipeline()
		pipe.RPush(ctx, key, chunk)
		if i == 0 {
			pipe.Expire(ctx, key, stagedFor)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return failed(ctx, doing, err)
		}
	}
	_, err := s.run(ctx, "snapshot", doing, snap.Backend, string(fence), key, int(snap.Kinds),
		strconv.FormatInt(nanoseconds(snap.Began), 10), int(readFor.Seconds()))
	if err != nil {
		s.client.Unlink(context.WithoutCancel(ctx), key) // else it goes by itself, later
	}
	return err
}

// Latest is as in snapshots.Store.
func (s *snapshotStore) Latest(ctx context.Context, backend string, version uint64) (snap snapshots.Snapshot, ok bool, err error) {
	doing := "reading the snapshot of " + backend
	for range 3 {
		snap, ok, err = s.latest(ctx, backend, version)
		if !errors.Is(err, errReplaced) {
			break
		}
	}
	if err != nil {
		return snapshots.Snapshot{}, false, failed(ctx, doing, err)
	}
	return snap, ok, nil
}

// errReplaced means that a snapshot went while it was read.
var errReplaced = errors.New("the snapshot was replaced while it was read")

func (s *snapshotStore) latest(ctx context.Context, backend string, version uint64) (snapshots.Snapshot, bool, error) {
	none := snapshots.Snapshot{}
	fields, err := s.client.HMGet(ctx, s.key("snapshot:"+backend), "version", "chunks", "kinds", "began").Result()
	if err != nil || fields[0] == nil {
		return none, false, err
	}
	snap := snapshots.Snapshot{Backend: backend}
	if snap.Version, err = strconv.ParseUint(text(fields[0]), 10, 64); err != nil {
		return none, false, err
	}
	if snap.Version <= version {
		return none, false, nil
	}
	kinds, err := strconv.ParseUint(text(fields[2]), 10, 8)
	if err != nil {
		return none, false, err
	}
	snap.Kinds = o2.KindSet(kinds)
	if snap.Began, err = parseMoment(fields[3]); err != nil {
		return none, false, err
	}
	// The first chunk says how many there are, since the key may go at any time.
	for i, n := int64(0), int64(1); i < n; i++ {
		chunk, err := s.client.LIndex(ctx, text(fields[1]), i).Bytes()
		if missing(err) {
			return none, false, errReplaced
		}
		if err != nil {
			return none, false, err
		}
		count, objects, err := unpackObjects(chunk)
		if err != nil {
			return none, false, err
		}
		n = int64(count)
		snap.Objects = append(snap.Objects, objects...)
	}
	return snap, true, nil
}

// packObjects returns chunks: the number of them all, then objects behind their
// lengths, compressed.
func packObjects(objects []o2.Object) [][]byte {
	var plain [][]byte
	var chunk []byte
	for _, o := range objects {
		packed := o2.Encode(o)
		chunk = binary.AppendUvarint(chunk, uint64(len(packed)))
		chunk = append(chunk, packed...)
		if len(chunk) >= chunkSize {
			plain, chunk = append(plain, chunk), nil
		}
	}
	if len(chunk) > 0 || len(plain) == 0 {
		plain = append(plain, chunk)
	}
	for i, p := range plain {
		plain[i] = s2.Encode(nil, append(binary.AppendUvarint(nil, uint64(len(plain))), p...))
	}
	return plain
}

// unpackObjects reads one chunk, and how many there are.
func unpackObjects(chunk []byte) (chunks uint64, objects []o2.Object, err error) {
	if size, err := s2.DecodedLen(chunk); err != nil || size > maxChunk {
		return 0, nil, fmt.Errorf("a chunk of a snapshot cannot be read: %d bytes, %w", size, err)
	}
	b, err := s2.Decode(nil, chunk)
	if err != nil {
		return 0, nil, fmt.Errorf("a chunk of a snapshot cannot be read: %w", err)
	}
	chunks, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, errors.New("a chunk of a snapshot cannot be read: it is empty")
	}
	for b = b[n:]; len(b) > 0; {
		length, n := binary.Uvarint(b)
		if n <= 0 || length > uint64(len(b)-n) {
			return 0, nil, errors.New("a chunk of a snapshot cannot be read: it ends too early")
		}
		end := n + int(length)
		o, err := o2.Decode(b[n:end])
		if err != nil {
			return 0, nil, err
		}
		objects, b = append(objects, o), b[end:]
	}
	return chunks, objects, nil
}

package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancystore"
	"go.etcd.io/bbolt"
)

var unlimited = o2.Quotas(o2.AmountsOf([...]int64{-1, -1, -1, -1, -1, -1}))

// entry is the n-th record of a writer.
func entry(writer string, n uint64) audit.Record {
	r := audit.Record{
		Writer: writer, Link: audit.Link{Number: n, Hash: fmt.Sprintf("%s-%d", writer, n)},
		At: noon.Add(time.Duration(n) * time.Second), Tenant: "acme", Data: fmt.Appendf(nil, `{"n":%d}`, n),
	}
	if n > 1 {
		r.Previous = fmt.Sprintf("%s-%d", writer, n-1)
	}
	return r
}

// fillTenancy puts something of all that tenancy keeps into the store.
func (l *lab) fillTenancy() {
	l.t.Helper()
	ctx := l.t.Context()
	key := tenancystore.Key{Kind: tenancystore.KindUser, Tenant: "acme", Name: "alice"}
	l.must(l.Tenancy().Put(ctx, tenancystore.Record{Key: key, Version: 1, Data: []byte(`{"a":1}`)}))
	l.must(l.Tenancy().Put(ctx, tenancystore.Record{Key: key, Version: 2, Data: []byte(`{"a":2}`)}))
	l.must(l.Audit().Append(ctx, []audit.Record{entry("w", 1), entry("w", 2), entry("w", 3)}))
	l.must(l.Audit().Append(ctx, []audit.Record{entry("v", 1)}))
	_, err := l.Audit().Purge(ctx, noon.Add(1500*time.Millisecond), 10)
	l.must(err)
	token, err := l.Quotas().Reserve(ctx, "acme", o2.Amounts{Resources: 2}, unlimited, time.Hour)
	l.must(err)
	l.must(l.Quotas().Settle(ctx, "acme", token, o2.Amounts{Resources: 2, MemoryBytes: 1 << 40}))
	_, err = l.Quotas().Reserve(ctx, "acme", o2.Amounts{Resources: 1}, unlimited, time.Hour)
	l.must(err)
}

// tenancyPicture is what is read of tenancy.
type tenancyPicture struct {
	Records []tenancystore.Record
	Chains  []audit.Chain
	Entries []audit.Record
	Acmes   []audit.Record
	Used    o2.Amounts
}

func tenancyOf(t *testing.T, s *Store) (p tenancyPicture) {
	t.Helper()
	var errs [5]error
	p.Records, _, errs[0] = s.Tenancy().All(t.Context())
	p.Chains, errs[1] = s.Audit().Chains(t.Context())
	p.Entries, errs[2] = s.Audit().Query(t.Context(), audit.Query{Limit: 100})
	p.Acmes, errs[3] = s.Audit().Query(t.Context(), audit.Query{Tenant: "acme", Limit: 100})
	u, err := s.Quotas().Usage(t.Context(), "acme")
	p.Used, errs[4] = u.Used, err
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTenancyIsThereAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(Config{Path: path}, silent)
	if err != nil {
		t.Fatal(err)
	}
	newLab(t, s).fillTenancy()
	before := tenancyOf(t, s)
	w2, w3 := entry("w", 2), entry("w", 3)
	want := tenancyPicture{
		Records: []tenancystore.Record{{Key: tenancystore.Key{Kind: tenancystore.KindUser, Tenant: "acme", Name: "alice"}, Version: 2, Data: []byte(`{"a":2}`)}},
		Chains: []audit.Chain{
			{Writer: "v", Anchor: entry("v", 1).Link, Head: entry("v", 1).Link, LastAt: entry("v", 1).At},
			{Writer: "w", Anchor: entry("w", 1).Link, Head: w3.Link, LastAt: w3.At},
		},
		Entries: []audit.Record{w3, w2}, Acmes: []audit.Record{w3, w2},
		Used: o2.Amounts{Resources: 2, MemoryBytes: 1 << 40},
	}
	if !reflect.DeepEqual(before, want) {
		t.Errorf("it is\n%+v, want\n%+v", before, want)
	}
	epoch, err := s.Tenancy().Epoch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	version := usageOf(t, s, "acme").Version
	for name, reopened := range map[string]*Store{"after a crash": crashed(t, s), "after closing": reopen(t, s)} {
		if after := tenancyOf(t, reopened); !reflect.DeepEqual(before, after) {
			t.Errorf("%s it is\n%+v, want\n%+v", name, after, before)
		}
		if again, err := reopened.Tenancy().Epoch(t.Context()); err != nil || again == epoch {
			t.Errorf("%s the epoch is %q, %v; want a new one", name, again, err)
		}
		u := usageOf(t, reopened, "acme")
		if u.Reserved != (o2.Amounts{}) || u.Version == version || u.Version == "" {
			t.Errorf("%s the usage is %+v, want nothing reserved and a new version", name, u)
		}
		if err := reopened.Audit().Append(t.Context(), []audit.Record{entry("v", 2)}); err != nil {
			t.Errorf("%s the chain does not go on: %v", name, err)
		}
	}
}

func usageOf(t *testing.T, s *Store, tenant string) quota.Usage {
	t.Helper()
	u, err := s.Quotas().Usage(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func reopen(t *testing.T, s *Store) *Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return opened(t, Config{Path: s.path})
}

// earlier makes of a file one as it was before tenancy.
func earlier(tx *bbolt.Tx) error {
	for _, name := range laterBuckets {
		if err := tx.DeleteBucket(name); err != nil {
			return err
		}
	}
	return tx.Bucket(metaBucket).Delete(furnishedKey)
}

// TestFilesFromBeforeTenancy: they open as they are, and keep tenancy from then on.
func TestFilesFromBeforeTenancy(t *testing.T) {
	for name, prepare := range map[string]func(path string) error{
		"closed well": func(string) error { return nil },
		"renewed":     Renew,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			sample(t, path)
			foreign(t, path, earlier)
			before := pictureOf(t, crashedAt(t, path))
			if err := prepare(path); err != nil {
				t.Fatal(err)
			}
			s := opened(t, Config{Path: path, noSync: true})
			after := pictureOf(t, s)
			if name == "closed well" && !reflect.DeepEqual(before, after) || !reflect.DeepEqual(before.Told, after.Told) {
				t.Errorf("before it was\n%+v, and is\n%+v", before, after)
			}
			if p := tenancyOf(t, s); !reflect.DeepEqual(p, tenancyPicture{}) {
				t.Errorf("of tenancy it has\n%+v, want nothing", p)
			}
			newLab(t, s).fillTenancy()
			kept := tenancyOf(t, s)
			if again := tenancyOf(t, reopen(t, s)); !reflect.DeepEqual(again, kept) {
				t.Errorf("opened again it has\n%+v, want\n%+v", again, kept)
			}
		})
	}
}

// TestDamagedAuditRecords: damage is an error, of those alone who come upon it.
func TestDamagedAuditRecords(t *testing.T) {
	for name, damage := range map[string]func(tx *bbolt.Tx) error{
		"cut off": func(tx *bbolt.Tx) error {
			return tx.Bucket(auditBucket).Put(auditKey("w", 2), encodeAudit(entry("w", 2))[:9])
		},
		"empty": func(tx *bbolt.Tx) error { return tx.Bucket(auditBucket).Put(auditKey("w", 2), nil) },
		"garbage": func(tx *bbolt.Tx) error {
			return tx.Bucket(auditBucket).Put(auditKey("w", 2), bytes.Repeat([]byte{0xff}, 40))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := damagedAudit(t, damage)
			_, err := s.Audit().Query(t.Context(), audit.Query{Limit: 10})
			wantDamage(t, "Query", err)
			wantDamage(t, "Walk", s.Audit().Walk(t.Context(), "w", 0, func(audit.Record) error { return nil }))
			_, err = s.Audit().Purge(t.Context(), noon.Add(time.Hour), 10)
			wantDamage(t, "Purge", err)
			if err := s.Audit().Append(t.Context(), []audit.Record{entry("w", 4)}); err != nil {
				t.Errorf("Append: %v", err)
			}
			if list, err := s.Audit().Query(t.Context(), audit.Query{From: entry("w", 3).At, Limit: 10}); err != nil || len(list) != 2 {
				t.Errorf("Query of what is sound gave %v, %v", list, err)
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		s := damagedAudit(t, func(tx *bbolt.Tx) error { return tx.Bucket(auditBucket).Delete(auditKey("w", 2)) })
		_, err := s.Audit().Query(t.Context(), audit.Query{Tenant: "acme", Limit: 10})
		wantDamage(t, "Query", err)
	})
	t.Run("a chain and a place", func(t *testing.T) {
		s := damagedAudit(t, func(tx *bbolt.Tx) error {
			return errors.Join(
				tx.Bucket(auditChainsBucket).Put(chainKey("w"), binary.AppendUvarint(nil, 7)),
				tx.Bucket(auditTimesBucket).Put([]byte{0xc0}, nil))
		})
		wantDamage(t, "Append", s.Audit().Append(t.Context(), []audit.Record{entry("w", 4)}))
		_, err := s.Audit().Chains(t.Context())
		wantDamage(t, "Chains", err)
		_, err = s.Audit().Query(t.Context(), audit.Query{Limit: 10})
		wantDamage(t, "Query", err)
		if err := s.Audit().Append(t.Context(), []audit.Record{entry("new", 1)}); err != nil {
			t.Errorf("Append of another writer: %v", err)
		}
	})
}

func damagedAudit(t *testing.T, damage func(tx *bbolt.Tx) error) *Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	sample(t, path)
	foreign(t, path, damage)
	return opened(t, Config{Path: path, noSync: true})
}

func wantDamage(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, errRecord) || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%s: error %v, want %v and %v", what, err, errRecord, store.ErrUnavailable)
	}
}

// TestKeysThatAreTooLong: they are refused, and nobody else's write with them.
func TestKeysThatAreTooLong(t *testing.T) {
	s, long := quick(t), string(bytes.Repeat([]byte{'a'}, bbolt.MaxKeySize))
	record := entry("w", 1)
	record.Tenant = long
	for what, err := range map[string]error{
		"Put":    s.Tenancy().Put(t.Context(), tenancystore.Record{Key: tenancystore.Key{Name: long}, Version: 1, Data: []byte("{}")}),
		"Append": s.Audit().Append(t.Context(), []audit.Record{record}),
		"Add":    s.Quotas().Add(t.Context(), long, o2.Amounts{Resources: 1}),
		"Settle": s.Quotas().Settle(t.Context(), long, "", o2.Amounts{Resources: 1}),
	} {
		if err == nil || errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: error %v, want one of its own", what, err)
		}
	}
	if p := tenancyOf(t, s); !reflect.DeepEqual(p, tenancyPicture{}) {
		t.Errorf("the store has %+v", p)
	}
}

// FuzzTenancyRecords reads anything: what can be read is written the same again,
// and the rest is an error.
func FuzzTenancyRecords(f *testing.F) {
	f.Add([]byte("\x03wwx"), encodeAudit(entry("w", 2)))
	f.Add(chainKey("w"), encodeChain(audit.Chain{Writer: "w", Head: audit.Link{Number: 1 << 60, Hash: "h"}, LastAt: noon}))
	f.Add(tenancyKey(tenancystore.Key{Kind: "user", Tenant: "a", Name: "b"}), []byte("\x07{}"))
	f.Add(tenantPrefix("acme"), encodeUsed(o2.Amounts{Resources: 1, StorageBytes: 1 << 62}))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		if r, err := decodeAudit("w", 5, value); err == nil {
			if again, err := decodeAudit("w", 5, encodeAudit(r)); err != nil || !reflect.DeepEqual(again, r) {
				t.Errorf("%+v came back as %+v, %v", r, again, err)
			}
		} else if !errors.Is(err, errRecord) {
			t.Errorf("error %v, want %v", err, errRecord)
		}
		if c, err := decodeChain(key, value); err == nil {
			if again, err := decodeChain(key, encodeChain(c)); err != nil || again != c {
				t.Errorf("%+v came back as %+v, %v", c, again, err)
			}
		}
		if r, err := decodeTenancy(key, value); err == nil {
			again, err := decodeTenancy(tenancyKey(r.Key), append(binary.AppendUvarint(nil, r.Version), r.Data...))
			if err != nil || !reflect.DeepEqual(again, r) {
				t.Errorf("%+v came back as %+v, %v", r, again, err)
			}
		}
		if tenant, used, err := decodeUsed(key, value); err == nil {
			if who, again, err := decodeUsed(tenantPrefix(tenant), encodeUsed(used)); err != nil || who != tenant || again != used {
				t.Errorf("%q, %+v came back as %q, %+v, %v", tenant, used, who, again, err)
			}
		}
	})
}

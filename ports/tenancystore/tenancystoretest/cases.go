package tenancystoretest

import (
	"bytes"
	"context"
	"fmt"

	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
	"github.com/netweave/netweave/ports/tenancystore"
)

var cases = []struct {
	name string
	run  func(*fixture)
}{
	{"a record of each kind comes back whole", func(f *fixture) {
		list := []tenancystore.Record{
			f.tenant("smo-alpha"), f.user("smo-alpha", "alice@example.org"), f.role("smo-alpha", "watcher"), f.role("", "everyone"),
			f.binding("smo-alpha", "alice@example.org", "watcher"),
		}
		f.put(list...)
		for _, r := range list {
			f.wantStored(r)
		}
		f.wantAll(list...)
	}},
	{"an empty store has nothing but an epoch", func(f *fixture) {
		f.wantAll()
		f.wantAbsent(f.tenant("smo-alpha").Key)
	}},
	{"a new record may not take another's place", func(f *fixture) {
		first := f.user("acme", "alice")
		f.put(first)
		other := f.next(first, "another")
		other.Version = 1
		f.wantError("Put of another", f.Records.Put(f.ctx, other), tenancystore.ErrExists)
		f.wantError("Put of the same, which was confirmed", f.Records.Put(f.ctx, first), tenancystore.ErrExists)
		f.wantStored(first)
		second := f.next(first, "second")
		f.put(second)
		f.wantError("Put of the first over the second", f.Records.Put(f.ctx, first), tenancystore.ErrExists)
		f.wantStored(second)
	}},
	{"a version replaces the one before it", func(f *fixture) {
		first := f.user("acme", "alice")
		second := f.next(first, "second")
		third := f.next(second, "third")
		f.put(first, second)
		f.wantStored(second)
		f.wantError("Put of an old version", f.Other.Put(f.ctx, f.next(first, "late")), tenancystore.ErrConflict)
		f.wantError("Put of a version to come", f.Other.Put(f.ctx, f.next(third, "early")), tenancystore.ErrConflict)
		f.wantStored(second)
		f.must("Put by another", f.Other.Put(f.ctx, third))
		f.wantStored(third)
		f.wantAll(third)
	}},
	{"what is not there is not found", func(f *fixture) {
		r := f.user("acme", "alice")
		f.wantAbsent(r.Key)
		f.wantError("Delete", f.Records.Delete(f.ctx, r.Key), store.ErrNotFound)
		f.wantError("Put of a second version", f.Records.Put(f.ctx, f.next(r, "second")), store.ErrNotFound)
		f.wantAll()
	}},
	{"what is deleted is gone, and may be made anew", func(f *fixture) {
		one, two := f.user("acme", "alice"), f.user("acme", "bob")
		f.put(one, f.next(one, "second"), two)
		f.must("Delete", f.Other.Delete(f.ctx, one.Key))
		f.wantAbsent(one.Key)
		f.wantError("Delete again", f.Records.Delete(f.ctx, one.Key), store.ErrNotFound)
		f.wantError("Put of its next version", f.Records.Put(f.ctx, f.next(f.next(one, "second"), "third")), store.ErrNotFound)
		f.wantAll(two)
		f.put(one)
		f.wantStored(one)
		f.wantAll(one, two)
	}},
	{"keys of other tenants and kinds are other keys", func(f *fixture) {
		list := []tenancystore.Record{
			f.tenant("a"), f.tenant("a-b"), f.tenant("user"), f.tenant("role"),
			f.user("a", "b"), f.user("a", "b.c"), f.user("a-b", "c"), f.user("a", "b|c"), f.user("a", "b:c"), f.user("a", "B"), f.user("platform", "b"),
			f.role("", "b"), f.role("a", "b"), f.role("a", "b-c"), f.role("a-b", "c"),
			f.binding("a", "b", "c"), f.binding("a", "b", "c-d"), f.binding("a", "b.c", "d"), f.binding("a-b", "c", "d"),
		}
		f.distinct(list)
	}},
	{"whatever is in a name is in the name", func(f *fixture) {
		if f.Lawful {
			f.distinct([]tenancystore.Record{f.user("a", "b-_.@+:|c"), f.user("a", "b-_.@+:|C")})
			return
		}
		hostile := []string{
			"", "a", "a/b", "/", "a/", "/a", "a\x00b", "\x00", "*", "**", "a*", "[a]", "?", "\\", "a:b", ":", "a|b", "{a}", "a b", " ", "\t\r\n",
			"\u00e9", "e\u0301", "\u4e16\u754c", "\U0001f600", "%2f", "..", "../a", "'", "\"", "`", "$a", "-1", "0", "null", "__proto__",
		}
		var list []tenancystore.Record
		for _, kind := range []tenancystore.Kind{tenancystore.KindTenant, tenancystore.KindUser, tenancystore.KindRole, tenancystore.KindRoleBinding} {
			for _, name := range hostile {
				list = append(list, plain(kind, name, "x"), plain(kind, "x", name))
			}
			list = append(list, plain(kind, "a", "b/c"), plain(kind, "a/b", "c"), plain(kind, "a\x00b", "c"), plain(kind, "a", "b\x00c"))
		}
		f.distinct(list)
	}},
	{"what is given and returned is the caller's own", func(f *fixture) {
		r := f.user("acme", "alice")
		given := r
		given.Data = bytes.Clone(r.Data)
		f.put(given)
		scribble(given.Data)
		f.wantStored(r)
		got, err := f.Records.Get(f.ctx, r.Key)
		f.must("Get", err)
		scribble(got.Data)
		all, _, err := f.Records.All(f.ctx)
		f.must("All", err)
		scribble(all[0].Data)
		f.wantStored(r)
	}},
	{"of many new ones under one key, one is stored", func(f *fixture) {
		r := f.user("acme", "alice")
		errs := storetest.AtOnce(12, func(i int) error {
			mine := f.next(r, fmt.Sprint(i))
			mine.Version = 1
			return []tenancystore.Store{f.Records, f.Other}[i%2].Put(f.ctx, mine)
		})
		if n := count(errs); n != 1 {
			f.t.Errorf("%d were stored", n)
		}
		for _, err := range errs {
			if err != nil {
				f.wantError("Put", err, tenancystore.ErrExists)
			}
		}
	}},
	{"of many next versions at once, one is stored", func(f *fixture) {
		r := f.user("acme", "alice")
		f.put(r)
		errs := storetest.AtOnce(12, func(i int) error {
			return []tenancystore.Store{f.Records, f.Other}[i%2].Put(f.ctx, f.next(r, fmt.Sprint(i)))
		})
		if n := count(errs); n != 1 {
			f.t.Errorf("%d were stored", n)
		}
		for _, err := range errs {
			if err != nil {
				f.wantError("Put", err, tenancystore.ErrConflict)
			}
		}
	}},
	{"each write renews the epoch, and reading does not", func(f *fixture) {
		r := f.user("acme", "alice")
		seen := map[store.Token]bool{f.epoch(f.Other): true}
		renewed := func(what string) {
			f.t.Helper()
			now := f.epoch(f.Other)
			if seen[now] {
				f.t.Errorf("%s left the epoch as it was, or made an old one of it", what)
			}
			seen[now] = true
		}
		f.put(r)
		renewed("a new record")
		f.put(f.next(r, "second"))
		renewed("a second version")
		f.put(f.role("", "x"))
		renewed("a record of another kind")
		f.must("Delete", f.Records.Delete(f.ctx, r.Key))
		renewed("a deletion")
		f.put(r)
		renewed("the same record once more")
		before := f.epoch(f.Records)
		f.wantStored(r)
		f.wantAll(r, f.role("", "x"))
		if now := f.epoch(f.Records); now != before {
			f.t.Errorf("reading renewed the epoch: %q became %q", before, now)
		}
	}},
	{"the epoch of all records is not later than they", func(f *fixture) {
		const rounds = 30
		type reading struct {
			epoch store.Token
			size  int
		}
		ctx, cancel := context.WithCancel(f.ctx)
		var readings []reading
		ended := make(chan error, 1)
		go func() {
			for ctx.Err() == nil {
				list, epoch, err := f.Other.All(f.ctx)
				if err != nil {
					ended <- err
					return
				}
				readings = append(readings, reading{epoch, len(list)})
			}
			ended <- nil
		}()
		// confirmed holds the epochs that were in force when the n-th was there.
		confirmed := map[store.Token]int{}
		for i := range rounds {
			f.put(f.user("acme", fmt.Sprint("u", i)))
			confirmed[f.epoch(f.Records)] = i + 1
		}
		cancel()
		f.must("All", <-ended)
		for _, r := range readings {
			if r.size < confirmed[r.epoch] {
				f.t.Fatalf("a list of %d has the epoch under which %d were confirmed", r.size, confirmed[r.epoch])
			}
		}
	}},
}

// distinct stores every record, and sees that none got in another's way.
func (f *fixture) distinct(list []tenancystore.Record) {
	f.t.Helper()
	kept := map[tenancystore.Key]tenancystore.Record{}
	for _, r := range list {
		if _, twice := kept[r.Key]; !twice {
			f.put(r)
			kept[r.Key] = r
		}
	}
	left := func() (list []tenancystore.Record) {
		for _, r := range kept {
			list = append(list, r)
		}
		return list
	}
	f.wantAll(left()...)
	gone := 0
	for k := range kept {
		f.wantStored(kept[k])
		if gone++; gone%2 == 0 {
			f.must("Delete", f.Records.Delete(f.ctx, k))
			delete(kept, k)
			f.wantAbsent(k)
		}
	}
	f.wantAll(left()...)
}

func scribble(b []byte) {
	for i := range b {
		b[i] = 'x'
	}
}

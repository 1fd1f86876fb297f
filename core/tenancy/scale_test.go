package tenancy

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/tenancystore"
)

// The size that is to be borne: tenants x roles x permissions.
const (
	manyTenants     = 1000
	manyRoles       = 100
	manyPermissions = 4
)

// manyRecords are so many tenants, each with users who hold some of its roles.
func manyRecords(tb testing.TB) []tenancystore.Record {
	tb.Helper()
	var records []tenancystore.Record
	add := func(key tenancystore.Key, data []byte, err error) {
		if err != nil {
			tb.Fatal(err)
		}
		records = append(records, tenancystore.Record{Key: key, Version: 1, Data: data})
	}
	for i := range manyTenants {
		id := fmt.Sprintf("tenant-%d", i)
		data, err := o2.EncodeTenant(&o2.Tenant{ID: id, Name: id, Status: o2.TenantActive, CreatedAt: begin, UpdatedAt: begin})
		add(tenantKey(id), data, err)
		for j := range manyRoles {
			r := &o2.Role{TenantID: id, Name: fmt.Sprintf("role-%d", j), Source: o2.RoleFromStore, CreatedBy: "root.platform", CreatedAt: begin, UpdatedAt: begin}
			for k := range manyPermissions {
				r.Permissions = append(r.Permissions, o2.Permission{
					Resource: resources[(i+j+k)%len(resources)], Action: string(actions[j%len(actions)]), Scope: "tenant",
				})
			}
			data, err := o2.EncodeRole(r)
			add(roleKey(id, r.Name), data, err)
		}
		for j := range 4 {
			user := fmt.Sprintf("user-%d", j)
			data, err := o2.EncodeUser(&o2.User{TenantID: id, ID: user, CreatedAt: begin, UpdatedAt: begin})
			add(userKey(id, user), data, err)
			role := fmt.Sprintf("role-%d", j)
			data, err = o2.EncodeRoleBinding(&o2.RoleBinding{TenantID: id, UserID: user, Role: role, CreatedAt: begin})
			add(bindingKey(id, user, role), data, err)
		}
	}
	return records
}

func emptyDirectory(tb testing.TB) *Directory {
	tb.Helper()
	d, err := NewDirectory(DirectoryConfig{Store: rigStore{}, Bus: &bustest.Memory{}, BuiltIn: builtIn()})
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// rigStore is never asked.
type rigStore struct{ tenancystore.Store }

// The memory for it stays well below what authorization may take in all (150 MB),
// and does not grow by reading it again.
func TestManyRolesStaySmall(t *testing.T) {
	records := manyRecords(t)
	d := emptyDirectory(t)
	before := heap()
	d.now.Store(d.now.Load().with(records, d.config.Log))
	first := heap() - before
	epoch := d.Epoch()
	again := make([]tenancystore.Record, len(records))
	for i, r := range records {
		r.Data = append([]byte(nil), r.Data...)
		again[i] = r
	}
	before = heap()
	for range 3 {
		d.now.Store(d.now.Load().with(again, d.config.Log))
	}
	if grown := heap() - before; grown > 1<<20 || d.Epoch() != epoch {
		t.Errorf("reading the same three times more took %d bytes and moved the epoch from %d to %d", grown, epoch, d.Epoch())
	}
	if first > 70<<20 {
		t.Errorf("%d roles take %d MB", manyTenants*manyRoles, first>>20)
	}
	t.Logf("%d roles take %d MB", manyTenants*manyRoles, first>>20)
	if n := len(d.Roles("tenant-7")); n != manyRoles+4 {
		t.Errorf("tenant-7 has %d roles", n)
	}
	runtime.KeepAlive(records)
	runtime.KeepAlive(again)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkDirectory(b *testing.B) {
	records := manyRecords(b)
	d := emptyDirectory(b)
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			d.now.Load().with(records, d.config.Log)
		}
	})
	full := d.now.Load().with(records, d.config.Log)
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			full.with(records, d.config.Log)
		}
	})
	role := records[1]
	b.Run("one role", func(b *testing.B) {
		for n := uint64(2); b.Loop(); n++ {
			role.Version = n
			full.put(role.Key, &role, d.config.Log)
		}
	})
	d.now.Store(full)
	b.Run("roles of a user", func(b *testing.B) {
		for b.Loop() {
			d.RolesOf("tenant-7", "user-1")
		}
	})
}

// BenchmarkHeap reports what is held by a directory of many roles.
func BenchmarkHeap(b *testing.B) {
	for b.Loop() {
		before := heap()
		d := emptyDirectory(b)
		d.now.Store(d.now.Load().with(manyRecords(b), d.config.Log))
		b.ReportMetric(float64(heap()-before)/(1<<20), "MiB-held")
		runtime.KeepAlive(d)
	}
}

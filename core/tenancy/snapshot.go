package tenancy

import (
	"log/slog"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/tenancystore"
)

// snapshot is all that a directory knows at one time. It is never changed once
// made.
type snapshot struct {
	epoch  uint64
	loaded bool
	common *common
	homes  map[string]*home
	// tenants are all of them, deleted ones too, by id.
	tenants []*o2.Tenant
}

// common is what matters to every home.
type common struct {
	// fixed are the roles that the API cannot change, by tenant and name.
	fixed map[string][]*o2.Role
	// everyones are the roles that are every tenant's, or the whole platform's, by
	// name; lost are the names that a fixed and a stored one want.
	everyones []*o2.Role
	lost      map[string]bool
}

// makeCommon puts everyone's stored roles beside the fixed ones.
func makeCommon(fixed map[string][]*o2.Role, stored *home) *common {
	c := &common{fixed: fixed, everyones: slices.Clone(fixed[""]), lost: map[string]bool{}}
	if stored != nil {
		for _, r := range stored.own {
			if _, taken := find(fixed[""], r.Name); taken {
				c.lost[r.Name] = true
			} else {
				c.everyones = append(c.everyones, r)
			}
		}
	}
	slices.SortFunc(c.everyones, byRoleName)
	return c
}

// grouped are records by tenant; each group by kind and name.
type grouped map[string][]*tenancystore.Record

func group(records []tenancystore.Record) grouped {
	groups := grouped{}
	for i := range records {
		r := &records[i]
		groups[r.Tenant] = append(groups[r.Tenant], r)
	}
	for tenant, list := range groups {
		slices.SortFunc(list, func(a, b *tenancystore.Record) int {
			e := entry{kind: a.Kind, name: a.Name}
			return e.compare(b.Kind, b.Name)
		})
		groups[tenant] = slices.CompactFunc(list, func(a, b *tenancystore.Record) bool { return a.Key == b.Key })
	}
	return groups
}

// with returns the snapshot in which the store has just these records. What has
// not changed is the same in memory.
func (s *snapshot) with(records []tenancystore.Record, log *slog.Logger) *snapshot {
	groups := group(records)
	entries := make(map[string][]entry, len(groups))
	for tenant, list := range groups {
		old := s.homes[tenant].all()
		read, changed := merge(old, list, log)
		if !changed {
			read = old
		}
		entries[tenant] = read
	}
	return s.of(entries, s.common.fixed, log)
}

// all returns the entries; none of no home.
func (h *home) all() []entry {
	if h == nil {
		return nil
	}
	return h.entries
}

// merge reads the records that are not among the old entries as they are.
func merge(old []entry, list []*tenancystore.Record, log *slog.Logger) (entries []entry, changed bool) {
	entries = make([]entry, 0, len(list))
	changed = len(old) != len(list)
	for _, r := range list {
		for len(old) > 0 && old[0].compare(r.Kind, r.Name) < 0 {
			old = old[1:]
		}
		if len(old) > 0 && old[0].compare(r.Kind, r.Name) == 0 && old[0].sum == sumOf(r) {
			entries = append(entries, old[0])
		} else {
			entries, changed = append(entries, readOrSay(r, log)), true
		}
	}
	return entries, changed
}

// readOrSay reads a record; of one that makes no sense the log is told.
func readOrSay(r *tenancystore.Record, log *slog.Logger) entry {
	e, err := read(r)
	if err != nil {
		log.Warn("a stored record makes no sense and grants nothing", "kind", string(r.Kind), "tenant", short(r.Tenant), "name", short(r.Name), "error", short(err.Error()))
	}
	return e
}

// short keeps hostile texts from filling the log.
func short(s string) string {
	const most = 300
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

// of derives a snapshot from entries, and keeps the homes in which nothing has
// changed. It returns s itself if nothing has changed at all.
func (s *snapshot) of(entries map[string][]entry, fixed map[string][]*o2.Role, log *slog.Logger) *snapshot {
	next := &snapshot{epoch: s.epoch + 1, loaded: true, common: s.common, homes: make(map[string]*home, len(entries)+1)}
	everyones := s.homes[""]
	if !same(everyones.all(), entries[""]) {
		everyones = makeHome("", entries[""], nil)
	}
	if everyones != s.homes[""] || !sameRoles(fixed, s.common.fixed) {
		next.common = makeCommon(fixed, everyones)
	}
	if everyones != nil {
		next.homes[""] = everyones
	}
	if entries[scope.PlatformTenant] == nil {
		entries[scope.PlatformTenant] = []entry{}
	}
	changed := !s.loaded || next.common != s.common
	for tenant, list := range entries {
		if tenant == "" {
			continue
		}
		old := s.homes[tenant]
		if old != nil && next.common == s.common && same(old.entries, list) {
			next.homes[tenant] = old
			continue
		}
		next.homes[tenant], changed = makeHome(tenant, list, next.common), true
		say(old, next.homes[tenant], log)
	}
	if !changed && len(next.homes) == len(s.homes) {
		return s
	}
	for name := range next.common.lost {
		if !s.common.lost[name] {
			log.Warn("a role has no effect: another one has its name", "role", name, "tenant", "")
		}
	}
	next.list()
	return next
}

// say tells the log of roles that have newly lost their names.
func say(old, next *home, log *slog.Logger) {
	for _, name := range next.lost {
		if old == nil || !slices.Contains(old.lost, name) {
			log.Warn("a role has no effect: another one has its name", "role", name, "tenant", next.id)
		}
	}
}

func (s *snapshot) list() {
	for _, h := range s.homes {
		if h.tenant != nil {
			s.tenants = append(s.tenants, h.tenant)
		}
	}
	slices.SortFunc(s.tenants, func(a, b *o2.Tenant) int { return strings.Compare(a.ID, b.ID) })
}

// same reports whether two lists are one in memory.
func same(a, b []entry) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

func sameRoles(a, b map[string][]*o2.Role) bool {
	if len(a) != len(b) {
		return false
	}
	for tenant, list := range a {
		if !slices.Equal(list, b[tenant]) {
			return false
		}
	}
	return true
}

// put returns the snapshot in which the store has r under a key, or nothing if r
// is nil.
func (s *snapshot) put(key tenancystore.Key, r *tenancystore.Record, log *slog.Logger) *snapshot {
	old := s.homes[key.Tenant].all()
	i, found := slices.BinarySearchFunc(old, key, func(e entry, k tenancystore.Key) int { return e.compare(k.Kind, k.Name) })
	var list []entry
	switch {
	case r == nil && !found, r != nil && found && old[i].sum == sumOf(r):
		return s
	case r == nil:
		list = slices.Delete(slices.Clone(old), i, i+1)
	case found:
		list = slices.Clone(old)
		list[i] = readOrSay(r, log)
	default:
		list = slices.Insert(slices.Clone(old), i, readOrSay(r, log))
	}
	entries := make(map[string][]entry, len(s.homes)+1)
	for tenant, h := range s.homes {
		entries[tenant] = h.entries
	}
	if entries[key.Tenant] = list; len(list) == 0 {
		delete(entries, key.Tenant)
	}
	return s.of(entries, s.common.fixed, log)
}

package main

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"sync"
	"time"
)

// cloud is the whole state. Its maps hold immutable versions; mu guards the
// maps, not what they point to. Methods whose names end in Locked need mu.
type cloud struct {
	seed     uint64
	oCloudID string

	mu        sync.RWMutex
	revision  uint64 // the last that was given out
	order     uint64 // lists are in the order of creation
	pools     map[string]*pool
	resources map[string]*resource
	members   map[string]*idSet // resources by pool
	everyPool idSet
	everyRes  idSet
	servers   map[string]int // compute servers by pool
	ill       map[string]int // those of them that are not in service
	places    []place
	alarms    *alarmBook
	watchers  map[*watcher]struct{}
	dmAt      uint64 // the revision at which the sums last changed
}

// newCloud makes an empty cloud whose revisions follow base.
func newCloud(seed uint64, oCloudID string, base uint64) *cloud {
	return &cloud{
		seed: seed, oCloudID: oCloudID, revision: base,
		pools: map[string]*pool{}, resources: map[string]*resource{},
		members: map[string]*idSet{}, servers: map[string]int{}, ill: map[string]int{},
		places: cities, alarms: newAlarmBook(Alarms{}, seed),
		watchers: map[*watcher]struct{}{},
	}
}

// founded is when the oldest pools can have been created, in the year that follows.
var founded = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

const year = 365 * 24 * time.Hour

// build makes up pools and resources.
func (c *cloud) build(s size, tenants []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range s.pools {
		at := &c.places[i%len(c.places)]
		turn := i / len(c.places)
		purpose := purposes[turn%len(purposes)]
		p := &pool{
			id:          fmt.Sprintf("pool-%08x", uint32(hash(c.seed, "pool", fmt.Sprint(i)))),
			name:        fmt.Sprintf("%s-%s-%02d", at.code, purpose.code, turn/len(purposes)+1),
			description: purpose.text + " in " + at.city,
			location:    at.String(), globalLocation: at.code, place: at, hall: turn % len(halls),
			tags: []string{"purpose:" + purpose.code, "location:" + at.code},
		}
		for c.pools[p.id] != nil { // a collision of hashes
			p.id += "x"
		}
		p.created = founded.Add(time.Duration(hash(c.seed, "created", p.id)%uint64(year.Seconds())) * time.Second)
		p.updated = p.created
		if len(tenants) > 0 {
			p.tenant = tenants[i%len(tenants)]
		}
		c.putPoolLocked(p)
		n := s.perPool
		if i < s.extra {
			n++
		}
		c.fillLocked(p, n)
	}
}

// fillLocked furnishes a pool with racks.
func (c *cloud) fillLocked(p *pool, n int) {
	server, unit := "", uint16(0)
	for i := range n {
		slot := i % len(rackLayout)
		if slot == 0 {
			unit = 1
		}
		m := rackLayout[slot]
		r := c.makeUpLocked(p, m)
		r.rack, r.unit = uint16(i/len(rackLayout)%9999)+1, unit
		unit += uint16(models[m].units)
		if carried(m) {
			r.parent = server
		}
		if m == modelServer {
			server = r.id
		}
		c.putResourceLocked(r)
	}
}

// makeUpLocked gives a resource that is not in the cloud yet.
func (c *cloud) makeUpLocked(p *pool, m int) *resource {
	id := fmt.Sprintf("%s-%012x", models[m].short, hash(c.seed, p.id, fmt.Sprint(c.order))&0xffff_ffff_ffff)
	for c.resources[id] != nil {
		id += "x"
	}
	return &resource{
		id: id, pool: p.id, tenant: p.tenant, model: uint8(m),
		firmware: uint16(hash(c.seed, "firmware", id) % 5),
	}
}

// putPoolLocked adds p or puts it in the place of its older version.
func (c *cloud) putPoolLocked(p *pool) {
	c.revision++
	p.revision = c.revision
	if before := c.pools[p.id]; before != nil {
		p.order = before.order
	} else {
		c.order++
		p.order = c.order
		c.everyPool.add(p.id)
		c.members[p.id] = &idSet{}
		c.dmAt = c.revision
	}
	c.pools[p.id] = p
	c.noteLocked(change{kind: changePool, id: p.id})
}

// putResourceLocked adds r or puts it in the place of its older version.
func (c *cloud) putResourceLocked(r *resource) {
	c.revision++
	r.revision = c.revision
	if before := c.resources[r.id]; before != nil {
		r.order = before.order
		c.ill[r.pool] -= before.ill()
	} else {
		c.order++
		r.order = c.order
		c.everyRes.add(r.id)
		c.members[r.pool].add(r.id)
		if r.model == modelServer {
			c.servers[r.pool]++
		}
		c.dmAt = c.revision
	}
	c.resources[r.id] = r
	c.ill[r.pool] += r.ill()
	c.noteLocked(change{kind: changeResource, id: r.id})
}

// ill is 1 for a compute server that is not in service, else 0.
func (r *resource) ill() int {
	if r.model == modelServer && r.state != 0 {
		return 1
	}
	return 0
}

// removeResourceLocked removes a resource and what it carries.
func (c *cloud) removeResourceLocked(r *resource) {
	if !carried(int(r.model)) {
		for _, id := range c.members[r.pool].copy() {
			if child := c.resources[id]; child.parent == r.id && child != r {
				c.dropResourceLocked(child)
			}
		}
	}
	c.dropResourceLocked(r)
}

func (c *cloud) dropResourceLocked(r *resource) {
	c.revision++
	c.dmAt = c.revision
	delete(c.resources, r.id)
	c.everyRes.remove(r.id)
	c.members[r.pool].remove(r.id)
	if r.model == modelServer {
		c.servers[r.pool]--
	}
	c.ill[r.pool] -= r.ill()
	c.noteLocked(change{kind: changeResource, id: r.id})
}

// removePoolLocked removes a pool and all that is in it.
func (c *cloud) removePoolLocked(p *pool) {
	for _, id := range c.members[p.id].copy() {
		c.dropResourceLocked(c.resources[id])
	}
	c.revision++
	c.dmAt = c.revision
	delete(c.pools, p.id)
	delete(c.members, p.id)
	delete(c.servers, p.id)
	delete(c.ill, p.id)
	c.everyPool.remove(p.id)
	c.noteLocked(change{kind: changePool, id: p.id})
}

// hash is the same in every run for the same words.
func hash(seed uint64, words ...string) uint64 {
	h := fnv.New64a()
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], seed)
	h.Write(b[:])
	for _, word := range words {
		h.Write([]byte(word))
		h.Write([]byte{0})
	}
	// FNV's low bits of near words are near: mix them.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return x
}

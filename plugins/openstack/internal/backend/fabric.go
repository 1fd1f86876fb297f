package backend

import (
	"cmp"
	"context"
	"slices"

	"github.com/netweave/netweave/plugins/openstack/internal/api"
)

// fabric is the aggregates, the hosts and which of them belong together.
type fabric struct {
	aggregates []api.Aggregate
	services   map[string]api.Service // by host
	// loose are the hosts that are in no aggregate, by availability zone.
	loose map[string][]string
	// homes are the ids of the pools that hosts belong to.
	homes map[string]string
}

func (b *Backend) readFabric(ctx context.Context) (*fabric, error) {
	aggregates, err := b.client.Aggregates(ctx)
	if err != nil {
		return nil, err
	}
	services, err := b.client.Services(ctx)
	if err != nil {
		return nil, err
	}
	return newFabric(aggregates, services), nil
}

// newFabric finds each host's pool: of the aggregates that it is in the one with
// an availability zone, of several the oldest; or its zone's pool if it is in none.
func newFabric(aggregates []api.Aggregate, services []api.Service) *fabric {
	f := &fabric{
		aggregates: slices.Clone(aggregates), services: map[string]api.Service{},
		loose: map[string][]string{}, homes: map[string]string{},
	}
	slices.SortFunc(f.aggregates, func(a, b api.Aggregate) int { return cmp.Compare(a.ID, b.ID) })
	for _, zoned := range []bool{true, false} {
		for i := range f.aggregates {
			a := &f.aggregates[i]
			if (a.AvailabilityZone() != "") != zoned {
				continue
			}
			for _, host := range a.Hosts {
				if f.homes[host] == "" {
					f.homes[host] = a.UUID
				}
			}
		}
	}
	for _, s := range services {
		f.services[s.Host] = s
		if f.homes[s.Host] == "" {
			f.homes[s.Host] = zonePrefix + s.Zone
			f.loose[s.Zone] = append(f.loose[s.Zone], s.Host)
		}
	}
	for _, hosts := range f.loose {
		slices.Sort(hosts)
	}
	return f
}

// aggregate finds one by its UUID; nil if there is none.
func (f *fabric) aggregate(id string) *api.Aggregate {
	for i := range f.aggregates {
		if f.aggregates[i].UUID == id {
			return &f.aggregates[i]
		}
	}
	return nil
}

// serverPool is the pool of a server: the one that it was created in for as long
// as its host is in it or it has none yet, else its host's.
func (f *fabric) serverPool(s *api.Server) string {
	noted := s.Metadata[poolKey]
	host := s.Host.Value
	if a := f.aggregate(noted); a != nil && (host == "" || slices.Contains(a.Hosts, host)) {
		return noted
	}
	if host == "" {
		for zone := range f.loose {
			if noted == zonePrefix+zone {
				return noted
			}
		}
	}
	return f.homes[host]
}

// target is where a server can be created.
type target struct {
	id, zone string
	tenant   string
	hosts    []string // sorted
	// alone tells whether no other host is in the zone, so that the zone will do
	// to have a server placed in the pool.
	alone bool
}

// target finds a pool to create a server in; ok is false if there is none.
func (f *fabric) target(id string) (t target, ok bool) {
	if a := f.aggregate(id); a != nil {
		t = target{id: id, zone: a.AvailabilityZone(), tenant: a.Metadata[tenantKey], hosts: slices.Sorted(slices.Values(a.Hosts))}
		t.alone = t.zone != ""
	} else {
		for zone, hosts := range f.loose {
			if zonePrefix+zone == id {
				t = target{id: id, zone: zone, hosts: hosts, alone: true}
			}
		}
	}
	for host, s := range f.services {
		if s.Zone == t.zone && !slices.Contains(t.hosts, host) {
			t.alone = false
		}
	}
	return t, t.id != ""
}

// usable are the pool's hosts on which Nova would start servers.
func (f *fabric) usable(t target) []string {
	var hosts []string
	for _, host := range t.hosts {
		if s, ok := f.services[host]; ok && s.State == "up" && s.Status == "enabled" && !s.ForcedDown {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

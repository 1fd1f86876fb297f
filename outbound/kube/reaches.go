package kube

import "github.com/netweave/netweave/core/o2"

// reaches says in words whose objects of each kind a subscription hears of:
// scopes of the permission model, by the kind's name.
type reaches map[string][]string

var reachNames = []struct {
	reach o2.Reach
	name  string
}{{o2.ReachTenant, "tenant"}, {o2.ReachShared, "shared"}, {o2.ReachAll, "all"}}

// reachesOf is nil for a subscription that does not say.
func reachesOf(r o2.Reaches) reaches {
	if r == (o2.Reaches{}) {
		return nil
	}
	words := reaches{}
	for _, kind := range o2.Kinds() {
		for _, one := range reachNames {
			if r[kind]&one.reach != 0 {
				words[kind.String()] = append(words[kind.String()], one.name)
			}
		}
	}
	return words
}

// all reads what reachesOf wrote; what it does not know is left out.
func (words reaches) all() (r o2.Reaches) {
	for _, kind := range o2.Kinds() {
		for _, word := range words[kind.String()] {
			for _, one := range reachNames {
				if one.name == word {
					r[kind] |= one.reach
				}
			}
		}
	}
	return r
}

package main

import "slices"

// idSet is a set of ids from which one can be drawn at random. The zero value
// is empty.
type idSet struct {
	ids []string
	at  map[string]int
}

func (s *idSet) add(id string) {
	if _, ok := s.at[id]; ok {
		return
	}
	if s.at == nil {
		s.at = map[string]int{}
	}
	s.at[id] = len(s.ids)
	s.ids = append(s.ids, id)
}

func (s *idSet) remove(id string) {
	i, ok := s.at[id]
	if !ok {
		return
	}
	last := len(s.ids) - 1
	s.ids[i] = s.ids[last]
	s.at[s.ids[i]] = i
	s.ids = s.ids[:last]
	delete(s.at, id)
}

func (s *idSet) copy() []string { return slices.Clone(s.ids) }

// draw picks one with n, any number; "" if the set is empty.
func (s *idSet) draw(n uint64) string {
	if len(s.ids) == 0 {
		return ""
	}
	return s.ids[n%uint64(len(s.ids))]
}

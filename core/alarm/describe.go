package alarm

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// Inventory is where resources and their types are: core/inventory.Service.
type Inventory interface {
	Lookup(key o2.ObjectKey) (inventory.Seen, bool)
	// Walk calls fn with every object of a kind, until fn returns false.
	Walk(kind o2.Kind, fn func(inventory.Seen) bool)
	// Backends names all backends.
	Backends() []string
	// Unread reports whether there is a backend that has never been read.
	Unread() bool
}

// resourceOf returns the resource of that id, nil if no view holds it.
func resourceOf(i Inventory, id o2.ID) *o2.Resource {
	seen, _ := i.Lookup(o2.ObjectKey{Kind: o2.KindResource, ID: id})
	r, _ := seen.Object.(*o2.Resource)
	return r
}

// definitionOf returns the definition that the resource's type has under a name of
// the source's, nil if it has none.
func definitionOf(i Inventory, r *o2.Resource, native string) *o2.AlarmDefinition {
	seen, _ := i.Lookup(o2.ObjectKey{Kind: o2.KindResourceType, ID: r.ResourceTypeID})
	t, ok := seen.Object.(*o2.ResourceType)
	if !ok {
		return nil
	}
	for d := range t.Alarms {
		if t.Alarms[d].NativeID == native {
			return &t.Alarms[d]
		}
	}
	return nil
}

// place fills in what follows from the resource that has the alarm. otherwise makes
// a definition where the resource's type has none of that name.
func (s *sighting) place(i Inventory, r *o2.Resource, definition string, otherwise func() o2.AlarmDefinition) {
	s.resource = r
	if r == nil {
		return
	}
	if s.definition = definitionOf(i, r, definition); s.definition == nil {
		d := otherwise()
		d.NativeID, d.ID = definition, o2.AlarmDefinitionID(r.ResourceTypeID, definition)
		s.definition = &d
	}
	if s.cause == "" {
		s.cause = s.definition.ProbableCause
	}
	s.cause = causeName(s.cause)
}

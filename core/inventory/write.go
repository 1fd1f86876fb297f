package inventory

import (
	"errors"
	"fmt"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// able checks that a view's backend takes writes now, and has a capability, so that
// what is absent is refused without a call.
func able(v *view, capability string) error {
	b := v.feed.backend
	if v.feed.rest.now() {
		return &backend.Error{Backend: b.Name(), Source: backend.SourceBackend, Code: backend.ErrUnavailable, Message: pausedText}
	}
	if slices.Contains(b.Info().Capabilities, capability) {
		return nil
	}
	return &backend.Error{
		Backend: b.Name(), Source: backend.SourceCaller, Code: backend.ErrUnsupported,
		Message: fmt.Sprintf("its plugin lacks the capability %s", capability),
	}
}

// settle puts what a backend returned of a write for a tenant into its view with
// apply, so that every later read has it.
func settle(v *view, o o2.Object, tenant string, apply func(o2.Object) *entry) (inventory.Item, error) {
	broken := func(why string) error {
		return &backend.Error{
			Backend: v.backend, Source: backend.SourcePlugin, Code: backend.ErrBroken,
			Message: "the request was carried out, but its result cannot be shown: " + why,
		}
	}
	if fault := v.faultOf(o); fault != "" {
		v.refused.Add(1)
		return nil, broken(fault)
	}
	if v.shelf.strayed(o, tenant) {
		v.refused.Add(1)
		return nil, broken("it is not of the tenant that it was to be made for")
	}
	e := apply(o)
	if e == nil {
		v.refused.Add(1)
		return nil, broken("another backend holds the same id")
	}
	if a := v.shelf.announcer; a != nil && v.holds(o) {
		a.Wrote(o)
	}
	return e, nil
}

// create makes an object of a tenant in v's backend, with call, and puts it into
// the view.
func create[T o2.Object](v *view, tenant string, call func() (T, error)) (inventory.Item, error) {
	began := v.beginCreate()
	defer v.endCreate()
	made, err := call()
	if err != nil {
		return nil, err
	}
	return settle(v, made, tenant, func(o o2.Object) *entry { return v.created(o, began) })
}

// remove deletes an object in its backend, with call, and in the view. An object that
// the backend no longer has is deleted. ours tells whether this call took it away, and
// not another one: the backend still had it, and so had the view.
func remove(v *view, e *entry, call func(nativeID string) error) (ours bool, err error) {
	err = call(e.object.Head().NativeID)
	gone := errors.Is(err, backend.ErrNotFound)
	if err != nil && !gone {
		return false, err
	}
	revision, held := v.deleted(e.object.Kind(), e.id)
	if a := v.shelf.announcer; a != nil {
		a.Deleted(v.backend, o2.ObjectKey{Kind: e.object.Kind(), ID: e.id}, revision)
	}
	return held && !gone, nil
}

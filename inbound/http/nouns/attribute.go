package nouns

import (
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// As returns o as the noun that its schema is for; a schema is never asked for
// an object of another kind.
func As[T any](o any) T {
	return o.(T) // another kind is a fault of the code, to be heard of
}

// Head returns the header of a noun of any kind.
func Head(o any) *o2.Header { return As[o2.Object](o).Head() }

// ID is the attribute that identifies the noun.
func ID(name string) query.Attribute {
	return query.Attribute{Name: name, Type: query.UUID, Mandatory: true, Index: query.ByID, Get: func(o any) query.Value {
		return query.Value{Text: string(Head(o).ID)}
	}}
}

// Name is the attribute name.
func Name() query.Attribute {
	return query.Attribute{Name: "name", Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: Head(o).Name}
	}}
}

// Description is the attribute description.
func Description() query.Attribute {
	return query.Attribute{Name: "description", Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: Head(o).Description}
	}}
}

// Extensions is the attribute extensions.
func Extensions() query.Attribute {
	return query.Attribute{Name: "extensions", Type: query.JSON, Get: func(o any) query.Value {
		h := Head(o)
		return query.Value{JSON: string(h.Extensions), Over: string(h.Volatile)}
	}}
}

// Mandatory is a text that every object has.
func Mandatory[T any](name string, get func(T) string) query.Attribute {
	return query.Attribute{Name: name, Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: get(As[T](o))}
	}}
}

// Optional is a text that is absent where it is "".
func Optional[T any](name string, get func(T) string) query.Attribute {
	return query.Attribute{Name: name, Get: func(o any) query.Value {
		text := get(As[T](o))
		return query.Value{Text: text, Absent: text == ""}
	}}
}

// Reference is the id of another object, absent where it is "".
func Reference[T any](name string, index query.Index, mandatory bool, get func(T) o2.ID) query.Attribute {
	return query.Attribute{Name: name, Type: query.UUID, Mandatory: mandatory, Index: index, Get: func(o any) query.Value {
		id := get(As[T](o))
		return query.Value{Text: string(id), Absent: id == ""}
	}}
}

// Texts is a list of texts.
func Texts[T any](name string, get func(T) []string) query.Attribute {
	return query.Attribute{Name: name, Type: query.Texts, Get: func(o any) query.Value {
		return query.Value{Texts: get(As[T](o))}
	}}
}

// Object is a JSON object.
func Object[T any](name string, get func(T) o2.JSON) query.Attribute {
	return query.Attribute{Name: name, Type: query.JSON, Get: func(o any) query.Value {
		return query.Value{JSON: string(get(As[T](o)))}
	}}
}

// KindOf shows what a backend left open as UNDEFINED.
func KindOf(t *o2.ResourceType) o2.ResourceKind {
	if t.ResourceKind == "" {
		return o2.ResourceKindUndefined
	}
	return t.ResourceKind
}

// ClassOf shows what a backend left open as UNDEFINED.
func ClassOf(t *o2.ResourceType) o2.ResourceClass {
	if t.ResourceClass == "" {
		return o2.ResourceClassUndefined
	}
	return t.ResourceClass
}

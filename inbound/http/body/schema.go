package body

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

const (
	// maxComplaints bounds how many faults one answer lists.
	maxComplaints = 10
	// maxThorough is how many values a body may hold for all its faults to be
	// looked for; of a longer one the first is enough.
	maxThorough = 1000
)

// Schema checks values against a schema of an OpenAPI document. It is immutable
// and safe for concurrent use.
type Schema struct {
	schema *openapi3.Schema
}

// Schemas gives the component schemas of a document by name.
type Schemas struct {
	components openapi3.Schemas
}

// LoadSchemas reads and checks an OpenAPI document.
func LoadSchemas(document []byte) (*Schemas, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("reading the OpenAPI document: %w", err)
	}
	if err := doc.Validate(loader.Context); err != nil {
		return nil, fmt.Errorf("checking the OpenAPI document: %w", err)
	}
	return &Schemas{components: doc.Components.Schemas}, nil
}

// Get returns the component schema of that name.
func (s *Schemas) Get(name string) (*Schema, error) {
	ref, ok := s.components[name]
	if !ok || ref.Value == nil {
		return nil, fmt.Errorf("the OpenAPI document has no schema %q", name)
	}
	return &Schema{schema: ref.Value}, nil
}

// Unlisted returns the schema of an object without what it says of the elements of
// arrays in it: for whoever judges these one by one.
func (s *Schema) Unlisted() *Schema {
	loose := *s.schema
	loose.Properties = openapi3.Schemas{}
	for name, ref := range s.schema.Properties {
		property := *ref.Value
		property.Items = nil
		if property.Type.Is(openapi3.TypeArray) {
			property.Items = openapi3.NewSchemaRef("", openapi3.NewSchema().WithNullable())
		}
		loose.Properties[name] = openapi3.NewSchemaRef("", &property)
	}
	return &Schema{schema: &loose}
}

// check returns a problem that lists what is wrong with value, which holds count
// values, in a fixed order.
func (s *Schema) check(value any, count int) error {
	options := []openapi3.SchemaValidationOption{openapi3.VisitAsRequest()}
	if count <= maxThorough {
		options = append(options, openapi3.MultiErrors())
	}
	err := s.schema.VisitJSON(value, options...)
	if err == nil {
		return nil
	}
	complaints := complaintsOf(nil, err)
	slices.Sort(complaints)
	complaints = slices.Compact(complaints)
	if more := len(complaints) - maxComplaints; more > 0 {
		complaints = append(complaints[:maxComplaints], fmt.Sprintf("and %d more", more))
	}
	return badRequest("%s", strings.Join(complaints, "; "))
}

// complaintsOf looks at err itself alone: errors.As would also look inside, at why
// each alternative of a oneOf was none.
func complaintsOf(list []string, err error) []string {
	switch e := any(err).(type) {
	case openapi3.MultiError:
		for _, one := range e {
			list = complaintsOf(list, one)
		}
		return list
	case *openapi3.SchemaError:
		return append(list, complaint(e))
	}
	return append(list, err.Error())
}

// complaint says in the API's words what err says in the validator's.
func complaint(err *openapi3.SchemaError) string {
	path := strings.Join(err.JSONPointer(), "/")
	switch err.SchemaField {
	case "required":
		return path + " is missing"
	case "nullable":
		return nameOf(path) + " must not be null"
	case "properties":
		var name string
		if _, scanErr := fmt.Sscanf(err.Reason, "property %q is unsupported", &name); scanErr != nil {
			return nameOf(path) + ": " + err.Reason
		}
		return fmt.Sprintf("%s is unknown; known are %s", join(path, name), strings.Join(propertiesOf(err.Schema), ", "))
	case "oneOf":
		return nameOf(path) + " must be " + strings.Join(alternatives(err.Schema), " or ")
	case "type":
		return nameOf(path) + " " + strings.TrimPrefix(err.Reason, "value ")
	}
	return nameOf(path) + ": " + err.Reason
}

// alternatives names the types of a oneOf.
func alternatives(s *openapi3.Schema) []string {
	var names []string
	for _, one := range s.OneOf {
		for _, name := range one.Value.Type.Slice() {
			article := "a "
			if strings.ContainsAny(name[:1], "aio") {
				article = "an "
			}
			names = append(names, article+name)
		}
	}
	return names
}

func propertiesOf(s *openapi3.Schema) []string {
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

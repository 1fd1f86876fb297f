package o2

import "fmt"

// FieldError says which attribute of an object is wrong and what would be right.
type FieldError struct {
	// Attribute is spelled as in the API, for example "resourcePoolId".
	Attribute string
	// Reason completes the sentence "<attribute> ...".
	Reason string
}

// Error returns "<attribute> <reason>".
func (e *FieldError) Error() string { return fmt.Sprintf("%s %s", e.Attribute, e.Reason) }

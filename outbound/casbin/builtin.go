package casbin

import (
	_ "embed"
	"slices"
	"sync"

	"github.com/netweave/netweave/core/o2"
)

//go:embed roles.csv
var builtInText []byte

var builtIn = sync.OnceValue(func() []*o2.Role {
	roles, err := parseRoles("roles.csv", builtInText, o2.RoleBuiltIn, nil)
	if err != nil {
		panic(err) // it was compiled in, and a test reads it
	}
	return roles
})

// BuiltIn returns the roles that are shipped, in the file's order. They are shared
// and not to be changed.
func BuiltIn() []*o2.Role { return slices.Clone(builtIn()) }

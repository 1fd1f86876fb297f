package backend

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"
)

func TestApart(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"workers", "a", strings.Repeat("x", maxName), strings.Repeat("y", 36) + "-" + strings.Repeat("z", 11)} {
		for _, tenant := range []string{"north", "south"} {
			got := apart(name, tenant)
			if seen[got] || len(got) > maxName || len(validation.IsDNS1123Label(got)) > 0 || got != apart(name, tenant) {
				t.Errorf("%s of %s becomes %q", name, tenant, got)
			}
			seen[got] = true
		}
	}
}

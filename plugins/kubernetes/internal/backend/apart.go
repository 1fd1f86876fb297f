package backend

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/netweave/netweave/plugins/kubernetes/internal/inventory"
	"github.com/netweave/netweave/sdk"
)

// A namespace has each name once, and tenants choose names without knowing of one
// another: that a name is taken must not tell one what another has.

// takenByAnother reports whether a creation failed since another tenant's object
// has the name.
func (o objects) takenByAnother(ctx context.Context, failed error, name, tenant string) bool {
	e, ok := errors.AsType[*sdk.Error](failed)
	if !ok || e.Code != sdk.Conflict || tenant == "" || name == "" {
		return false
	}
	there, err := o.client.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return false
	}
	owner := there.GetLabels()[inventory.TenantLabel]
	return owner != "" && owner != tenant
}

// apart returns a name that is a tenant's own; the same again is the same.
func apart(name, tenant string) string {
	sum := sha256.Sum256([]byte(tenant + "\x00" + name))
	hash := hex.EncodeToString(sum[:5])
	if limit := maxName - len(hash) - 1; len(name) > limit {
		name = strings.TrimRight(name[:limit], "-")
	}
	return name + "-" + hash
}

package kube

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/tenancystore"
)

// tenancyKinds are the custom resources of each kind of records, and how their
// keys are read from their data.
var tenancyKinds = map[tenancystore.Kind]struct {
	kind     string
	resource schema.GroupVersionResource
	key      func(data []byte) (tenancystore.Key, error)
}{
	tenancystore.KindTenant: {"Tenant", tenancyResource("tenants"), func(data []byte) (k tenancystore.Key, err error) {
		t, err := o2.DecodeTenant(data)
		if err == nil {
			k.Tenant = t.ID
		}
		return k, err
	}},
	tenancystore.KindUser: {"TenantUser", tenancyResource("tenantusers"), func(data []byte) (k tenancystore.Key, err error) {
		u, err := o2.DecodeUser(data)
		if err == nil {
			k.Tenant, k.Name = u.TenantID, u.ID
		}
		return k, err
	}},
	tenancystore.KindRole: {"TenantRole", tenancyResource("tenantroles"), func(data []byte) (k tenancystore.Key, err error) {
		r, err := o2.DecodeRole(data)
		if err == nil {
			k.Tenant, k.Name = r.TenantID, r.Name
		}
		return k, err
	}},
	tenancystore.KindRoleBinding: {"TenantRoleBinding", tenancyResource("tenantrolebindings"), func(data []byte) (k tenancystore.Key, err error) {
		b, err := o2.DecodeRoleBinding(data)
		if err == nil {
			k.Tenant, k.Name = b.TenantID, b.UserID+"/"+b.Role
		}
		return k, err
	}},
}

func tenancyResource(plural string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "netweave.io", Version: "v1alpha1", Resource: plural}
}

// revision is the member of a spec by which each write is a change, and so a new
// generation.
const revision = "revision"

var errUnlawful = errors.New("no such thing can have that name")

// objectName is the name of a record's object: the tenant's id, the user's and
// the role's name, as far as there are, with dots between. A user's id is escaped.
func objectName(k tenancystore.Key) (string, error) {
	parts := []string{}
	if k.Tenant != "" || k.Kind != tenancystore.KindRole {
		parts = append(parts, k.Tenant)
	}
	ok := len(parts) == 0 || o2.CheckTenantID(k.Tenant) == nil
	user, role, bound := strings.Cut(k.Name, "/")
	switch k.Kind {
	case tenancystore.KindTenant:
		ok = ok && k.Name == ""
	case tenancystore.KindUser:
		ok = ok && o2.CheckUserID(k.Name) == nil
		parts = append(parts, escapeUser(k.Name))
	case tenancystore.KindRole:
		ok = ok && o2.CheckRoleName(k.Name) == nil
		parts = append(parts, k.Name)
	case tenancystore.KindRoleBinding:
		ok = ok && bound && o2.CheckUserID(user) == nil && o2.CheckRoleName(role) == nil
		parts = append(parts, escapeUser(user), role)
	default:
		ok = false
	}
	if !ok {
		return "", errUnlawful
	}
	return strings.Join(parts, "."), nil
}

// longestUser is how long a user's id may be in an object's name, which has 253
// characters with those of tenant and role.
const longestUser = 120

// escapeUser returns a user's id as a part of an object's name: what is neither a
// small letter nor a digit becomes a hyphen and its two hexadecimal digits, with
// "x-" before it in the beginning, where a hyphen may not be. What would be too
// long ends with a hyphen, a z, and a hash.
func escapeUser(id string) string {
	var b strings.Builder
	for i := range len(id) {
		if c := id[i]; c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "-%02x", c)
		}
	}
	escaped := b.String()
	if strings.HasPrefix(escaped, "-") {
		escaped = "x-" + escaped
	}
	if len(escaped) <= longestUser {
		return escaped
	}
	sum := sha256.Sum256([]byte(id))
	tail := "-z" + hex.EncodeToString(sum[:16])
	return strings.TrimRight(escaped[:longestUser-len(tail)], "-") + tail
}

// lawful returns the name of a record's object, or what is wrong with the record.
func lawful(r tenancystore.Record) (string, error) {
	name, err := objectName(r.Key)
	if err != nil {
		return "", err
	}
	if r.Version == 0 {
		return "", errors.New("its version is 0: the first is 1")
	}
	k, err := tenancyKinds[r.Kind].key(r.Data)
	if err != nil {
		return "", err
	}
	if k.Kind = r.Kind; k != r.Key {
		return "", fmt.Errorf("its data is that of %s", describe(k))
	}
	return name, nil
}

// describe names a record in errors.
func describe(k tenancystore.Key) string {
	if k.Name == "" {
		return fmt.Sprintf("%s %q", k.Kind, k.Tenant)
	}
	return fmt.Sprintf("%s %q of %q", k.Kind, k.Name, k.Tenant)
}

// specOf returns a record's spec.
func specOf(r tenancystore.Record) (map[string]any, error) {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(r.Data, &members); err != nil {
		return nil, err
	}
	members[revision] = fmt.Append(nil, r.Version)
	raw, err := json.Marshal(map[string]any{"apiVersion": apiVersion, "kind": tenancyKinds[r.Kind].kind, "spec": members})
	if err != nil {
		return nil, err
	}
	// It makes whole numbers of whole numbers, as in what is read.
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(raw); err != nil {
		return nil, err
	}
	spec, _ := u.Object["spec"].(map[string]any)
	return spec, nil
}

// tenancyObject is the object of a new record.
func tenancyObject(kind tenancystore.Kind, name string, spec map[string]any) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	u.SetAPIVersion(apiVersion)
	u.SetKind(tenancyKinds[kind].kind)
	u.SetName(name)
	u.SetAnnotations(map[string]string{unconfirmed: "true"})
	return u
}

// recordOf returns the record that an object is, or what is wrong with it.
func recordOf(kind tenancystore.Kind, u *unstructured.Unstructured) (r tenancystore.Record, err error) {
	spec, ok := u.Object["spec"].(map[string]any)
	if !ok {
		return r, errors.New("it has no spec")
	}
	spec = maps.Clone(spec)
	delete(spec, revision)
	if r.Data, err = json.Marshal(spec); err != nil {
		return r, err
	}
	if r.Key, err = tenancyKinds[kind].key(r.Data); err != nil {
		return r, err
	}
	r.Kind, r.Version = kind, uint64(u.GetGeneration())
	name, err := objectName(r.Key)
	if err != nil {
		return r, err
	}
	if name != u.GetName() {
		return r, fmt.Errorf("its name is %q: want %q, which follows from its spec", u.GetName(), name)
	}
	return r, nil
}

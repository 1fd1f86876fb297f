package o2

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// codec is one kind of record, whatever its type.
type codec struct {
	draw   func(*rapid.T) any
	encode func(any) ([]byte, error)
	decode func([]byte) (any, error)
}

func codecOf[T any](draw func(*rapid.T) *T, encode func(*T) ([]byte, error), decode func([]byte) (*T, error)) codec {
	return codec{
		func(t *rapid.T) any { return draw(t) },
		func(v any) ([]byte, error) { return encode(v.(*T)) },
		func(raw []byte) (any, error) { return decode(raw) },
	}
}

var tenancyCodecs = map[string]codec{
	"tenant":      codecOf(drawTenant, EncodeTenant, DecodeTenant),
	"user":        codecOf(drawUser, EncodeUser, DecodeUser),
	"role":        codecOf(drawRole, EncodeRole, DecodeRole),
	"rolebinding": codecOf(drawRoleBinding, EncodeRoleBinding, DecodeRoleBinding),
}

var (
	labels  = rapid.StringMatching(`[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`)
	userIDs = rapid.StringMatching(`[A-Za-z0-9][-A-Za-z0-9_.@+:|]{0,127}`)
	texts   = rapid.String()
	moments = rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "ms")).UTC()
	})
	// What a double holds comes back to the byte.
	amounts = rapid.OneOf(rapid.Just(Unlimited), rapid.Int64Range(0, 1000), rapid.Int64Range(0, 1<<53))
)

func drawTenant(t *rapid.T) *Tenant {
	tenant := &Tenant{
		ID: labels.Draw(t, "id"), Name: texts.Draw(t, "name"), DisplayName: texts.Draw(t, "display name"),
		Organization: texts.Draw(t, "organization"), ContactEmail: texts.Draw(t, "contact"),
		Status:    rapid.SampledFrom([]TenantStatus{TenantActive, TenantSuspended, TenantDeleted}).Draw(t, "status"),
		CreatedBy: texts.Draw(t, "by"), CreatedAt: moments.Draw(t, "created"), UpdatedAt: moments.Draw(t, "updated"),
	}
	if settings := rapid.MapOfN(texts, texts, 0, 4).Draw(t, "settings"); len(settings) > 0 {
		tenant.Settings = settings
	}
	if rapid.Bool().Draw(t, "with quotas") {
		q := Quotas(AmountsOf([6]int64(rapid.SliceOfN(amounts, 6, 6).Draw(t, "quotas"))))
		tenant.Quotas = &q
	}
	return tenant
}

func drawUser(t *rapid.T) *User {
	return &User{
		TenantID: labels.Draw(t, "tenant"), ID: userIDs.Draw(t, "id"), DisplayName: texts.Draw(t, "display name"),
		Email: texts.Draw(t, "email"), Disabled: rapid.Bool().Draw(t, "disabled"),
		CreatedBy: texts.Draw(t, "by"), CreatedAt: moments.Draw(t, "created"), UpdatedAt: moments.Draw(t, "updated"),
	}
}

func drawRole(t *rapid.T) *Role {
	r := &Role{
		TenantID: rapid.OneOf(rapid.Just(""), labels).Draw(t, "tenant"), Name: labels.Draw(t, "name"),
		Description: texts.Draw(t, "description"), System: rapid.Bool().Draw(t, "system"), Source: RoleFromStore,
		CreatedBy: texts.Draw(t, "by"), CreatedAt: moments.Draw(t, "created"), UpdatedAt: moments.Draw(t, "updated"),
	}
	for range rapid.IntRange(0, 3).Draw(t, "permissions") {
		r.Permissions = append(r.Permissions, Permission{
			Resource: rapid.SampledFrom([]string{"*", "ResourcePool"}).Draw(t, "resource"),
			Action:   rapid.SampledFrom([]string{"manage", "read"}).Draw(t, "action"),
			Scope:    rapid.SampledFrom([]string{"tenant", "shared", "all"}).Draw(t, "scope"),
		})
	}
	return r
}

func drawRoleBinding(t *rapid.T) *RoleBinding {
	return &RoleBinding{
		TenantID: labels.Draw(t, "tenant"), UserID: userIDs.Draw(t, "user"), Role: labels.Draw(t, "role"),
		CreatedBy: texts.Draw(t, "by"), CreatedAt: moments.Draw(t, "created"),
	}
}

func TestTenancyRecordsKeepEverything(t *testing.T) {
	for kind, c := range tenancyCodecs {
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				want := c.draw(rt)
				raw, err := c.encode(want)
				if err != nil {
					rt.Fatalf("encoding %+v: %v", want, err)
				}
				if got, err := c.decode(raw); err != nil || !reflect.DeepEqual(got, want) {
					rt.Fatalf("%s came back as\n%+v, %v; want\n%+v", raw, got, err, want)
				}
				// A later program's members are passed over.
				var members map[string]any
				if err := json.Unmarshal(raw, &members); err != nil {
					rt.Fatal(err)
				}
				members["ofTomorrow"] = map[string]any{"a": []int{1}}
				if raw, err = json.Marshal(members); err != nil {
					rt.Fatal(err)
				}
				if got, err := c.decode(raw); err != nil || !reflect.DeepEqual(got, want) {
					rt.Fatalf("%s came back as\n%+v, %v; want\n%+v", raw, got, err, want)
				}
			})
		})
	}
}

// TestTenancyRecordsStayReadable pins the members: what is in stores must stay
// readable, and custom resources show them.
func TestTenancyRecordsStayReadable(t *testing.T) {
	at := time.Date(2026, 1, 6, 10, 30, 0, 123e6, time.UTC)
	for kind, c := range map[string]struct {
		value any
		want  string
	}{
		"tenant": {&Tenant{
			ID: "smo-alpha", Name: "a", DisplayName: "d", Organization: "o", ContactEmail: "c", Status: TenantActive, Version: 7,
			Settings: map[string]string{"k": "v"}, CreatedBy: "root.platform", CreatedAt: at, UpdatedAt: at,
			Quotas: &Quotas{ResourcePools: 0, Resources: 10, Subscriptions: Unlimited, CPUMillis: 2500, MemoryBytes: 3 << 29, StorageBytes: 1 << 40},
		}, `{"tenantId":"smo-alpha","name":"a","displayName":"d","organization":"o","contactEmail":"c","status":"active","settings":{"k":"v"},` +
			`"quotas":{"maxResourcePools":0,"maxResources":10,"maxCpuCores":2.5,"maxMemoryGb":1.5,"maxStorageGb":1024},` +
			`"createdBy":"root.platform","createdAt":"2026-01-06T10:30:00.123Z","updatedAt":"2026-01-06T10:30:00.123Z"}`},
		"user": {&User{TenantID: "t", ID: "alice", DisplayName: "d", Email: "e", Disabled: true, CreatedBy: "b", CreatedAt: at, UpdatedAt: at, Version: 7},
			`{"tenantId":"t","userId":"alice","displayName":"d","email":"e","disabled":true,` +
				`"createdBy":"b","createdAt":"2026-01-06T10:30:00.123Z","updatedAt":"2026-01-06T10:30:00.123Z"}`},
		"role": {&Role{TenantID: "t", Name: "n", Description: "d", System: true, Source: RoleFromStore, Permissions: []Permission{{"*", "manage", "all"}}, CreatedAt: at, UpdatedAt: at, Version: 7},
			`{"tenantId":"t","name":"n","description":"d","system":true,"permissions":[{"resource":"*","action":"manage","scope":"all"}],` +
				`"createdAt":"2026-01-06T10:30:00.123Z","updatedAt":"2026-01-06T10:30:00.123Z"}`},
		"rolebinding": {&RoleBinding{TenantID: "t", UserID: "u", Role: "r", CreatedBy: "b", CreatedAt: at, Version: 7},
			`{"tenantId":"t","userId":"u","role":"r","createdBy":"b","createdAt":"2026-01-06T10:30:00.123Z"}`},
	} {
		if got, err := tenancyCodecs[kind].encode(c.value); err != nil || string(got) != c.want {
			t.Errorf("%s:\n%s, %v; want\n%s", kind, got, err, c.want)
		}
	}
}

func TestTenancyRecordsRefuseNonsense(t *testing.T) {
	for _, c := range []struct{ kind, raw, says string }{
		{"tenant", `{}`, `its status is ""`},
		{"tenant", `null`, `its status is ""`},
		{"tenant", `{"tenantId":"a","status":"asleep"}`, `its status is "asleep": want "active", "suspended" or "deleted"`},
		{"tenant", `{"tenantId":"../a","status":"active"}`, `its tenantId is "../a": want 1 to 63 lower-case letters`},
		{"tenant", `{"tenantId":"*","status":"active"}`, `its tenantId is "*"`},
		{"tenant", `{"tenantId":"a","status":"active","quotas":{"maxResources":-2}}`, `maxResources is -2: want 0 to`},
		{"tenant", `{"tenantId":"a","status":"active","quotas":{"maxResources":1.5}}`, `maxResources is 1.5: want a whole number`},
		{"tenant", `{"tenantId":"a","status":"active","quotas":{"maxStorageGb":1e30}}`, `maxStorageGb is 1e+30: want 0 to`},
		{"tenant", `{"tenantId":"a","status":"active","quotas":{"maxStorageGb":1e999}}`, `cannot be read`},
		{"tenant", `{"tenantId":"a","status":"active","quotas":{"maxStorageGb":"1"}}`, `cannot be read`},
		{"tenant", `{"tenantId":"a","status":"active"}x`, `cannot be read`},
		{"user", `{"tenantId":"a"}`, `its userId is ""`},
		{"user", `{"userId":"a"}`, `its tenantId is ""`},
		{"user", `{"tenantId":"a","userId":"a/b"}`, `its userId is "a/b"`},
		{"role", `{}`, `its name is ""`},
		{"role", `{"tenantId":"*","name":"a"}`, `its tenantId is "*"`},
		{"role", `{"name":"a","permissions":[{"resource":"*","action":"read"}]}`, `its permission 1 has the scope ""`},
		{"role", `{"name":"a","permissions":[{"resource":"*","scope":"all"}]}`, `its permission 1 has the resource "*" and the action "": want both`},
		{"rolebinding", `{"tenantId":"a","userId":"b"}`, `its role is ""`},
		{"rolebinding", `[]`, `cannot be read`},
	} {
		if got, err := tenancyCodecs[c.kind].decode([]byte(c.raw)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %+v, %v; want an error with %q", c.kind, c.raw, got, err, c.says)
		}
	}
	for name, encode := range map[string]func() ([]byte, error){
		"a tenant without a status": func() ([]byte, error) { return EncodeTenant(&Tenant{ID: "a"}) },
		"a quota below zero": func() ([]byte, error) {
			return EncodeTenant(&Tenant{ID: "a", Status: TenantActive, Quotas: &Quotas{Resources: -5}})
		},
		"a user without a tenant":    func() ([]byte, error) { return EncodeUser(&User{ID: "a"}) },
		"a built-in role":            func() ([]byte, error) { return EncodeRole(&Role{Name: "owner", Source: RoleBuiltIn}) },
		"a binding without anything": func() ([]byte, error) { return EncodeRoleBinding(&RoleBinding{}) },
		"a time that JSON cannot say": func() ([]byte, error) {
			return EncodeUser(&User{TenantID: "a", ID: "b", CreatedAt: time.Unix(1e12, 0)})
		},
	} {
		if got, err := encode(); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestQuotaValues(t *testing.T) {
	for _, c := range []struct {
		quota  string
		value  float64
		amount int64
	}{
		{"maxResources", 3, 3}, {"maxResources", -1, Unlimited}, {"maxCpuCores", 0.5, 500}, {"maxCpuCores", 0.1, 100},
		{"maxMemoryGb", 0.25, 1 << 28}, {"maxStorageGb", 1 << 20, 1 << 50}, {"maxStorageGb", -1, Unlimited}, {"maxStorageGb", 0, 0},
	} {
		if got, err := QuotaAmount(c.quota, c.value); err != nil || got != c.amount {
			t.Errorf("%s of %v is %d, %v; want %d", c.quota, c.value, got, err, c.amount)
		}
		if got := QuotaValue(c.quota, c.amount); got != c.value {
			t.Errorf("%s of %d is %v, want %v", c.quota, c.amount, got, c.value)
		}
	}
}

// TestExceededDoesNotOverflow: a wish beyond all measure is beyond the limit.
func TestExceededDoesNotOverflow(t *testing.T) {
	limits := Quotas{Resources: 10, MemoryBytes: Unlimited}
	i, exceeded := limits.Exceeded(Amounts{Resources: 5}, Amounts{MemoryBytes: 1 << 62, Resources: 1<<63 - 1})
	if !exceeded || i != slices.Index(QuotaNames[:], "maxResources") {
		t.Errorf("exceeded is %v of quota %d", exceeded, i)
	}
}

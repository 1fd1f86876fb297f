package o2

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"
)

// The records of tenancy are JSON objects whose members stay as they are; new
// ones are optional, and those that are not known are passed over. Versions are
// not in them: stores keep them beside.

type tenantRecord struct {
	TenantID     string            `json:"tenantId"`
	Name         string            `json:"name,omitempty"`
	DisplayName  string            `json:"displayName,omitempty"`
	Organization string            `json:"organization,omitempty"`
	ContactEmail string            `json:"contactEmail,omitempty"`
	Status       TenantStatus      `json:"status"`
	Settings     map[string]string `json:"settings,omitempty"`
	Quotas       *quotasRecord     `json:"quotas,omitempty"`
	CreatedBy    string            `json:"createdBy,omitempty"`
	CreatedAt    time.Time         `json:"createdAt,omitzero"`
	UpdatedAt    time.Time         `json:"updatedAt,omitzero"`
}

// quotasRecord has the quotas in the units of the API. One that is absent, null
// or -1 is Unlimited.
type quotasRecord struct {
	ResourcePools *float64 `json:"maxResourcePools,omitempty"`
	Resources     *float64 `json:"maxResources,omitempty"`
	Subscriptions *float64 `json:"maxSubscriptions,omitempty"`
	CPUCores      *float64 `json:"maxCpuCores,omitempty"`
	MemoryGB      *float64 `json:"maxMemoryGb,omitempty"`
	StorageGB     *float64 `json:"maxStorageGb,omitempty"`
}

// each returns the record's members in the order of QuotaNames.
func (r *quotasRecord) each() [len(QuotaNames)]**float64 {
	return [...]**float64{&r.ResourcePools, &r.Resources, &r.Subscriptions, &r.CPUCores, &r.MemoryGB, &r.StorageGB}
}

func recordOfQuotas(q *Quotas) *quotasRecord {
	if q == nil {
		return nil
	}
	r := &quotasRecord{}
	amounts := Amounts(*q).Each()
	for i, value := range r.each() {
		if amounts[i] != Unlimited {
			v := QuotaValue(QuotaNames[i], amounts[i])
			*value = &v
		}
	}
	return r
}

func (r *quotasRecord) quotas() (*Quotas, error) {
	if r == nil {
		return nil, nil
	}
	var amounts [len(QuotaNames)]int64
	for i, value := range r.each() {
		if amounts[i] = Unlimited; *value == nil {
			continue
		}
		var err error
		if amounts[i], err = QuotaAmount(QuotaNames[i], **value); err != nil {
			return nil, fmt.Errorf("%s %w", QuotaNames[i], err)
		}
	}
	q := Quotas(AmountsOf(amounts))
	return &q, nil
}

func (r *tenantRecord) check() error {
	switch r.Status {
	case TenantActive, TenantSuspended, TenantDeleted:
	default:
		return fmt.Errorf("its status is %q: want %q, %q or %q", r.Status, TenantActive, TenantSuspended, TenantDeleted)
	}
	_, err := r.Quotas.quotas()
	return cmp.Or(fit("tenantId", r.TenantID, CheckTenantID), err)
}

// EncodeTenant returns t as stores keep it. It fails for what DecodeTenant would
// not read.
func EncodeTenant(t *Tenant) ([]byte, error) {
	return encodeRecord("tenant", &tenantRecord{
		TenantID: t.ID, Name: t.Name, DisplayName: t.DisplayName, Organization: t.Organization, ContactEmail: t.ContactEmail,
		Status: t.Status, Settings: t.Settings, Quotas: recordOfQuotas(t.Quotas),
		CreatedBy: t.CreatedBy, CreatedAt: t.CreatedAt.UTC(), UpdatedAt: t.UpdatedAt.UTC(),
	})
}

// DecodeTenant reads what EncodeTenant wrote. Its Version is the caller's to set.
func DecodeTenant(raw []byte) (*Tenant, error) {
	var r tenantRecord
	if err := decodeRecord("tenant", raw, &r); err != nil {
		return nil, err
	}
	quotas, _ := r.Quotas.quotas() // checked
	return &Tenant{
		ID: r.TenantID, Name: r.Name, DisplayName: r.DisplayName, Organization: r.Organization, ContactEmail: r.ContactEmail,
		Status: r.Status, Settings: r.Settings, Quotas: quotas,
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}, nil
}

type userRecord struct {
	TenantID    string    `json:"tenantId"`
	UserID      string    `json:"userId"`
	DisplayName string    `json:"displayName,omitempty"`
	Email       string    `json:"email,omitempty"`
	Disabled    bool      `json:"disabled,omitempty"`
	CreatedBy   string    `json:"createdBy,omitempty"`
	CreatedAt   time.Time `json:"createdAt,omitzero"`
	UpdatedAt   time.Time `json:"updatedAt,omitzero"`
}

func (r *userRecord) check() error {
	return cmp.Or(fit("tenantId", r.TenantID, CheckTenantID), fit("userId", r.UserID, CheckUserID))
}

// EncodeUser returns u as stores keep it. It fails for what DecodeUser would not
// read.
func EncodeUser(u *User) ([]byte, error) {
	return encodeRecord("user", &userRecord{
		TenantID: u.TenantID, UserID: u.ID, DisplayName: u.DisplayName, Email: u.Email, Disabled: u.Disabled,
		CreatedBy: u.CreatedBy, CreatedAt: u.CreatedAt.UTC(), UpdatedAt: u.UpdatedAt.UTC(),
	})
}

// DecodeUser reads what EncodeUser wrote. Its Version is the caller's to set.
func DecodeUser(raw []byte) (*User, error) {
	var r userRecord
	if err := decodeRecord("user", raw, &r); err != nil {
		return nil, err
	}
	return &User{
		TenantID: r.TenantID, ID: r.UserID, DisplayName: r.DisplayName, Email: r.Email, Disabled: r.Disabled,
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}, nil
}

// roleRecord does not say where the role is from: it is from the store.
type roleRecord struct {
	TenantID    string             `json:"tenantId,omitempty"`
	Name        string             `json:"name"`
	Description string             `json:"description,omitempty"`
	System      bool               `json:"system,omitempty"`
	Permissions []permissionRecord `json:"permissions,omitempty"`
	CreatedBy   string             `json:"createdBy,omitempty"`
	CreatedAt   time.Time          `json:"createdAt,omitzero"`
	UpdatedAt   time.Time          `json:"updatedAt,omitzero"`
}

type permissionRecord struct {
	Resource string `json:"resource"`
	Action   string `json:"action"`
	Scope    string `json:"scope"`
}

func (r *roleRecord) check() error {
	for i, p := range r.Permissions {
		switch {
		case p.Resource == "" || p.Action == "":
			return fmt.Errorf("its permission %d has the resource %q and the action %q: want both", i+1, p.Resource, p.Action)
		case p.Scope != "tenant" && p.Scope != "shared" && p.Scope != "all":
			return fmt.Errorf("its permission %d has the scope %q: want tenant, shared or all", i+1, p.Scope)
		}
	}
	var err error
	if r.TenantID != "" {
		err = fit("tenantId", r.TenantID, CheckTenantID)
	}
	return cmp.Or(err, fit("name", r.Name, CheckRoleName))
}

// EncodeRole returns r as stores keep it. It fails for what DecodeRole would not
// read, and for a role that is not from the store.
func EncodeRole(r *Role) ([]byte, error) {
	if r.Source != RoleFromStore {
		return nil, fmt.Errorf("encoding a role: its source is %q, and only those from %q are stored", r.Source, RoleFromStore)
	}
	record := &roleRecord{
		TenantID: r.TenantID, Name: r.Name, Description: r.Description, System: r.System,
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	for _, p := range r.Permissions {
		record.Permissions = append(record.Permissions, permissionRecord(p))
	}
	return encodeRecord("role", record)
}

// DecodeRole reads what EncodeRole wrote. Its Version is the caller's to set.
func DecodeRole(raw []byte) (*Role, error) {
	var r roleRecord
	if err := decodeRecord("role", raw, &r); err != nil {
		return nil, err
	}
	role := &Role{
		TenantID: r.TenantID, Name: r.Name, Description: r.Description, System: r.System, Source: RoleFromStore,
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	for _, p := range r.Permissions {
		role.Permissions = append(role.Permissions, Permission(p))
	}
	return role, nil
}

type roleBindingRecord struct {
	TenantID  string    `json:"tenantId"`
	UserID    string    `json:"userId"`
	Role      string    `json:"role"`
	CreatedBy string    `json:"createdBy,omitempty"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
}

func (r *roleBindingRecord) check() error {
	return cmp.Or(fit("tenantId", r.TenantID, CheckTenantID), fit("userId", r.UserID, CheckUserID), fit("role", r.Role, CheckRoleName))
}

// EncodeRoleBinding returns b as stores keep it. It fails for what
// DecodeRoleBinding would not read.
func EncodeRoleBinding(b *RoleBinding) ([]byte, error) {
	return encodeRecord("role binding", &roleBindingRecord{
		TenantID: b.TenantID, UserID: b.UserID, Role: b.Role, CreatedBy: b.CreatedBy, CreatedAt: b.CreatedAt.UTC(),
	})
}

// DecodeRoleBinding reads what EncodeRoleBinding wrote. Its Version is the
// caller's to set.
func DecodeRoleBinding(raw []byte) (*RoleBinding, error) {
	var r roleBindingRecord
	if err := decodeRecord("role binding", raw, &r); err != nil {
		return nil, err
	}
	return &RoleBinding{TenantID: r.TenantID, UserID: r.UserID, Role: r.Role, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC()}, nil
}

// checked is a record that can tell what is wrong with it.
type checked interface{ check() error }

func encodeRecord(what string, r checked) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("encoding a %s: %w", what, err)
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding a %s: %w", what, err)
	}
	return raw, nil
}

func decodeRecord(what string, raw []byte, r checked) error {
	err := json.Unmarshal(raw, r)
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return fmt.Errorf("a stored %s cannot be read: %w", what, err)
	}
	return nil
}

// fit checks one member.
func fit(member, value string, check func(string) error) error {
	if err := check(value); err != nil {
		return fmt.Errorf("its %s is %q: %w", member, value, err)
	}
	return nil
}

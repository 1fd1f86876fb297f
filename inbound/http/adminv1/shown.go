package adminv1

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/auditlog"
)

func shownTenant(t *o2.Tenant) Tenant {
	return Tenant{
		TenantId: t.ID, Name: t.Name, DisplayName: t.DisplayName, Organization: t.Organization, ContactEmail: t.ContactEmail,
		Status: string(t.Status), Settings: t.Settings, Quotas: shownQuotas(t.Quotas),
		CreatedAt: moment(t.CreatedAt), UpdatedAt: moment(t.UpdatedAt), CreatedBy: t.CreatedBy,
	}
}

// shownUser shows a user; roles are nil if they are not to be shown.
func shownUser(u *o2.User, roles []string) User {
	shown := User{
		UserId: u.ID, TenantId: u.TenantID, DisplayName: u.DisplayName, Email: u.Email, Disabled: u.Disabled,
		CreatedAt: moment(u.CreatedAt), UpdatedAt: moment(u.UpdatedAt), CreatedBy: u.CreatedBy,
	}
	if roles != nil {
		shown.Roles = &roles
	}
	return shown
}

func shownBinding(b *o2.RoleBinding) RoleBinding {
	return RoleBinding{
		TenantId: b.TenantID, UserId: b.UserID, Role: b.Role, CreatedAt: moment(b.CreatedAt), CreatedBy: b.CreatedBy,
	}
}

func shownRole(r *o2.Role) Role {
	return Role{
		Name: r.Name, TenantId: r.TenantID, Description: r.Description, System: r.System, Source: string(r.Source),
		Permissions: showAll(r.Permissions, func(p o2.Permission) Permission {
			return Permission{Resource: p.Resource, Action: p.Action, Scope: p.Scope}
		}),
		CreatedAt: momentIfAny(r.CreatedAt), UpdatedAt: momentIfAny(r.UpdatedAt), CreatedBy: r.CreatedBy,
	}
}

func shownEntry(e auditlog.Entry) AuditEntry {
	return AuditEntry{
		Id: e.ID, Timestamp: moment(e.At), TenantId: e.Tenant, UserId: e.User, Action: e.Action, Resource: e.Resource,
		ResourceId: e.ResourceID, ResourceTenantId: e.ResourceTenant, Result: string(e.Result), Status: e.Status,
		Method: e.Method, Path: e.Path, IpAddress: e.Address, RequestId: e.RequestID,
	}
}

// moment is a time as this API shows it: in UTC, in milliseconds.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// momentIfAny is moment of what may be no time: nil then.
func momentIfAny(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = moment(t)
	return &t
}

var noStore = []string{"no-store"}

// answer sends v, one of the types of the document.
func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a notification that is no JSON: contained and told by the server
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	h["Cache-Control"] = noStore
	w.WriteHeader(status)
	// An error here is the caller's connection: there is nobody left to tell.
	_, _ = w.Write(b)
}

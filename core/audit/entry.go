package audit

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/authz"
)

// What a caller chose is kept up to these many bytes.
const (
	maxPath = 1024
	maxText = 256
)

// data is what of an entry stands in a record's Data.
type data struct {
	User           string          `json:"user,omitempty"`
	Action         string          `json:"action"`
	Resource       string          `json:"resource"`
	ResourceID     string          `json:"resourceId,omitempty"`
	ResourceTenant string          `json:"resourceTenant,omitempty"`
	Result         auditlog.Result `json:"result"`
	Status         int             `json:"status,omitempty"`
	Method         string          `json:"method,omitempty"`
	Path           string          `json:"path,omitempty"`
	Address        string          `json:"address,omitempty"`
	RequestID      string          `json:"requestId,omitempty"`
}

func encode(e *auditlog.Entry) []byte {
	b, err := json.Marshal(data{
		User: bounded(e.User, maxText), Action: bounded(e.Action, maxText), Resource: bounded(e.Resource, maxText),
		ResourceID: bounded(e.ResourceID, maxText), ResourceTenant: bounded(e.ResourceTenant, maxText),
		Result: e.Result, Status: e.Status, Method: bounded(e.Method, maxText), Path: bounded(e.Path, maxPath),
		Address: e.Address, RequestID: bounded(e.RequestID, maxText),
	})
	if err != nil {
		panic(err) // texts and numbers always encode
	}
	return b
}

// decode is the reverse of encode. A record whose data is not ours, which Verify
// tells, has what can be read of it.
func decode(r *audit.Record) auditlog.Entry {
	var d data
	_ = json.Unmarshal(r.Data, &d)
	return auditlog.Entry{
		At: r.At.UTC(), Tenant: r.Tenant, User: d.User, Action: d.Action,
		Resource: d.Resource, ResourceID: d.ResourceID, ResourceTenant: d.ResourceTenant, Result: d.Result,
		Status: d.Status, Method: d.Method, Path: d.Path, Address: d.Address, RequestID: d.RequestID,
	}
}

// gap is the entry that stands for those that were given up.
func gap(at time.Time, entries int) auditlog.Entry {
	return auditlog.Entry{
		At: at, Tenant: scope.PlatformTenant, Action: string(authz.ActionDelete), Resource: authz.AuditLog,
		ResourceID: strconv.Itoa(entries) + " entries lost while the store was away", Result: auditlog.Failed,
	}
}

// bounded returns text as JSON can hold it, cut to most bytes.
func bounded(text string, most int) string {
	if len(text) > most {
		text = text[:most]
	}
	return strings.ToValidUTF8(text, "\ufffd")
}

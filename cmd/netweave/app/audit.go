package app

import (
	"github.com/netweave/netweave/core/audit"
	"github.com/netweave/netweave/outbound/telemetry"
)

// makeAudit makes the audit log, where callers are known.
func (p *parts) makeAudit(s *surroundings) error {
	if !s.config.Authenticated() {
		return nil
	}
	counts, err := telemetry.NewAudit(s.registry)
	if err != nil {
		return err
	}
	p.audit, err = audit.New(audit.Config{
		Store: p.stores.audit, Writer: s.process, Authorizer: p.allowed, Telemetry: counts, Log: s.logger("audit"),
		Retention: s.config.Audit.Retention,
	})
	return err
}

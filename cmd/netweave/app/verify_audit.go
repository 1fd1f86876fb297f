package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/audit"
	"github.com/netweave/netweave/outbound/embedded"
	"github.com/netweave/netweave/outbound/redis"
	auditstore "github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/store"
)

// VerifyAudit verifies the audit log in the store that c names. It changes
// nothing. Gateways may go on using a Redis; the embedded file must not be open in
// one.
func VerifyAudit(ctx context.Context, c *config.Config, log *slog.Logger) (report audit.Report, err error) {
	verify := func(s auditstore.Store) error {
		report, err = audit.Verify(ctx, s)
		return err
	}
	if c.Store.Type == config.StoreEmbedded {
		path := c.Store.Embedded.Path
		err := embedded.ReadAudit(embedded.Config{Path: path}, verify)
		if errors.Is(err, store.ErrUnavailable) {
			return report, fmt.Errorf("store.embedded.path: %w. While a gateway runs, verify a snapshot of its file: "+
				"NETWEAVE_STORE_EMBEDDED_PATH=COPY netweave audit verify --config %s", err, c.Path)
		}
		if err != nil {
			return report, fmt.Errorf("store.embedded.path: %w", err)
		}
		return report, nil
	}
	rc, _, err := redisConfig(c.Store.Redis)
	if err != nil {
		return report, err
	}
	s, err := redis.Open(ctx, rc, log)
	if err != nil {
		return report, fmt.Errorf("store.redis: %w", err)
	}
	if err := errors.Join(verify(s.Audit()), s.Close()); err != nil {
		return report, fmt.Errorf("store.redis: %w", err)
	}
	return report, nil
}

package alarm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/alarms"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/store"
)

var _ alarms.Configuration = (*Service)(nil)

// kept is the configuration as the store has it.
type kept struct {
	RetentionDays int             `json:"retentionDays"`
	Extensions    json.RawMessage `json:"extensions,omitempty"`
}

// mostDays bounds the retention: a hundred years.
const mostDays = 36_525

// configured returns the configuration in force: the store's, or else the settings'.
func (k *keeping) configured(ctx context.Context) (alarms.ServiceConfiguration, error) {
	stored, err := k.Book.config.Store.Configuration(ctx)
	if err != nil {
		return alarms.ServiceConfiguration{}, err
	}
	return k.read(stored)
}

func (k *keeping) read(stored alarmstore.Configuration) (alarms.ServiceConfiguration, error) {
	if stored.Version == 0 {
		return alarms.ServiceConfiguration{RetentionDays: k.settings.Load().RetentionDays}, nil
	}
	var c kept
	err := json.Unmarshal(stored.JSON, &c)
	extensions, extErr := o2.ParseJSON(c.Extensions)
	if err != nil || extErr != nil || c.RetentionDays < 1 || c.RetentionDays > mostDays {
		return alarms.ServiceConfiguration{}, errors.New("the alarm service's configuration in the store cannot be read: set it anew")
	}
	return alarms.ServiceConfiguration{RetentionDays: c.RetentionDays, Extensions: extensions}, nil
}

// Configuration returns what is in force.
func (s *Service) Configuration(ctx context.Context, sc scope.Scope) (alarms.ServiceConfiguration, error) {
	if _, err := s.may(ctx, sc, o2.KindAlarm.String(), authz.ActionRead); err != nil {
		return alarms.ServiceConfiguration{}, err
	}
	return s.configured(ctx)
}

// SetConfiguration keeps c in place of what there is; the last one counts.
func (s *Service) SetConfiguration(ctx context.Context, sc scope.Scope, c alarms.ServiceConfiguration) (alarms.ServiceConfiguration, error) {
	if _, err := s.may(ctx, sc, authz.AlarmService, authz.ActionUpdate); err != nil {
		return alarms.ServiceConfiguration{}, err
	}
	if c.RetentionDays < 1 || c.RetentionDays > mostDays {
		return alarms.ServiceConfiguration{}, &o2.FieldError{
			Attribute: "retentionPeriod", Reason: fmt.Sprintf("is %d: want a number of days from 1 to %d", c.RetentionDays, mostDays),
		}
	}
	raw, err := json.Marshal(kept{RetentionDays: c.RetentionDays, Extensions: json.RawMessage(c.Extensions)})
	if err != nil {
		return alarms.ServiceConfiguration{}, &o2.FieldError{Attribute: "extensions", Reason: "is not a JSON object"}
	}
	for {
		before, err := s.Book.config.Store.Configuration(ctx)
		if err != nil {
			return alarms.ServiceConfiguration{}, err
		}
		now, err := s.Book.config.Store.PutConfiguration(ctx, alarmstore.Configuration{Version: before.Version, JSON: raw})
		switch {
		case errors.Is(err, store.ErrStale): // somebody else's came between: ours is later
			continue
		case err != nil:
			return alarms.ServiceConfiguration{}, err
		}
		return s.read(now)
	}
}

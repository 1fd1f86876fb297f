package adminv1

import (
	"context"
	"net/http"

	"github.com/netweave/netweave/ports/configuration"
)

// GetConfiguration answers with what is in force.
func (a *API) GetConfiguration(w http.ResponseWriter, r *http.Request) {
	a.serve(w, r, partConfiguration, nil, func(ctx context.Context, c *call) error {
		s, err := a.services.Configuration.Configuration(ctx, c.scope)
		if err != nil {
			return err
		}
		c.answer(http.StatusOK, shownConfiguration(s))
		return nil
	})
}

func shownConfiguration(s *configuration.State) Configuration {
	shown := Configuration{
		Version: s.Version, Generation: s.Generation, LoadedAt: s.LoadedAt, Path: s.Path,
		RestartNeeded: append([]string{}, s.Waiting...), Salt: s.Salt,
		Settings: showAll(s.Settings, func(one configuration.Setting) ConfigurationSetting {
			if one.Digest != "" {
				return ConfigurationSetting{Key: one.Key, Digest: one.Digest}
			}
			return ConfigurationSetting{Key: one.Key, Value: &one.Value}
		}),
	}
	if f := s.Failure; f != nil {
		shown.Failure = &ConfigurationFailure{At: f.At, Problems: showAll(f.Problems, func(p configuration.Problem) ConfigurationProblem {
			return ConfigurationProblem{Key: p.Key, Line: p.Line, Reason: p.Reason}
		})}
	}
	return shown
}

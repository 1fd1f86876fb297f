package alarm

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/telemetry"
)

// Settings are what may be changed while all goes on. A zero field means its
// default.
type Settings struct {
	// PollInterval is the pause between two questions to a source, a tenth more or
	// less (default 5 s).
	PollInterval time.Duration
	// RetentionDays is how long cleared records are kept while the store has no
	// configuration (default 30).
	RetentionDays int
	// MaxRecords is how many records there may be at most (default 100,000).
	MaxRecords int
}

func (s Settings) withDefaults() Settings {
	if s.PollInterval <= 0 {
		s.PollInterval = 5 * time.Second
	}
	if s.RetentionDays <= 0 {
		s.RetentionDays = 30
	}
	if s.MaxRecords <= 0 {
		s.MaxRecords = 100_000
	}
	return s
}

// Config is what a Keeper and a Service are built from. All fields but Settings and
// Log are mandatory.
type Config struct {
	Book      *Book
	Sources   *Sources
	Inventory Inventory
	Telemetry telemetry.Alarms
	Settings  Settings
	// Log hears of sources that fail and alarms that are refused.
	Log *slog.Logger
}

// Keeper keeps the records by what the sources say, while this process leads.
type Keeper struct {
	keeping
	// timeout is for how long a source may take to tell of its alarms.
	timeout time.Duration
	// failing has the names of sources whose failure the log knows.
	failing sync.Map
}

// keeping is what Keeper and Service share: how sightings become records.
type keeping struct {
	Config
	settings atomic.Pointer[Settings]
	full     atomic.Bool
}

func (k *keeping) init(c Config) error {
	if c.Book == nil || c.Sources == nil || c.Inventory == nil || c.Telemetry == nil {
		return errors.New("alarm: a book, sources, an inventory and the telemetry are needed")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	k.Config = c
	k.Configure(c.Settings)
	return nil
}

// Configure replaces the settings.
func (k *keeping) Configure(s Settings) {
	s = s.withDefaults()
	k.settings.Store(&s)
}

// NewKeeper makes a Keeper. It does nothing until Lead is called.
func NewKeeper(c Config) (*Keeper, error) {
	k := &Keeper{timeout: time.Minute}
	if err := k.init(c); err != nil {
		return nil, err
	}
	return k, nil
}

// Lead keeps the records until ctx ends. Two at once do no harm.
func (k *Keeper) Lead(ctx context.Context, _ store.Token) {
	var polling sync.WaitGroup
	defer polling.Wait()
	var asked inFlight
	failing := false
	for ctx.Err() == nil {
		err := k.round(ctx, &polling, &asked)
		if err != nil && !failing && ctx.Err() == nil {
			k.Log.Warn("alarms are not kept up to date until the store answers", "error", err)
		}
		failing = err != nil
		pause(ctx, k.settings.Load().PollInterval)
	}
}

// round asks every source, and does what is to be done without one.
func (k *Keeper) round(ctx context.Context, polling *sync.WaitGroup, asked *inFlight) error {
	bounded, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	if err := k.Book.Health(bounded); err != nil {
		return err
	}
	for _, b := range k.Sources.all() {
		if asked.begin(b.Name()) {
			polling.Go(func() {
				defer asked.end(b.Name())
				k.poll(ctx, b)
			})
		}
	}
	return k.tidy(bounded)
}

// poll asks one source.
func (k *Keeper) poll(ctx context.Context, b backend.Backend) {
	name := b.Name()
	if k.Sources.rests(name) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	alarms, err := k.ask(ctx, b)
	if err == nil && k.Sources.has(name) {
		err = k.compare(ctx, name, alarms)
		k.Sources.remind(ctx, b, k.acknowledged(name, alarms))
	}
	if err != nil && ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return // nobody leads here any more
	}
	if err != nil {
		k.Telemetry.PollFailed(name)
	}
	k.tell(b, err)
}

// tell logs the first of several failures of a source that runs, and their end.
func (k *Keeper) tell(b backend.Backend, err error) {
	name := b.Name()
	switch _, failing := k.failing.Load(name); {
	case err == nil && failing:
		k.failing.Delete(name)
		k.Log.Info("the alarms of an adapter are known again", "adapter", name)
	case err != nil && !failing && b.Info().State == backend.StateRunning:
		k.failing.Store(name, true)
		k.Log.Warn("the alarms of an adapter are not known; those that it had stay", "adapter", name, "error", err)
	}
}

// acknowledged returns those of a source's alarms that an operator knows of.
func (k *Keeper) acknowledged(source string, alarms []backend.Alarm) []string {
	records := k.Book.of(source)
	var list []string
	for i := range alarms {
		for _, a := range records[alarms[i].NativeID] {
			if a.Held || a.Acknowledged && !a.Cleared() {
				list = append(list, a.NativeID)
				break
			}
		}
	}
	return list
}

// ask returns what a source says, which is nothing if it cannot say anything.
func (k *Keeper) ask(ctx context.Context, b backend.Backend) ([]backend.Alarm, error) {
	source, ok := b.(backend.AlarmSource)
	if !ok {
		return nil, nil
	}
	alarms, err := source.Alarms(ctx)
	if errors.Is(err, backend.ErrUnsupported) && b.Info().State == backend.StateRunning {
		return nil, nil
	}
	return alarms, err
}

// compare makes a source's records agree with all that it reports.
func (k *Keeper) compare(ctx context.Context, source string, alarms []backend.Alarm) error {
	records, now := k.Book.of(source), time.Now()
	reported := map[o2.ID]bool{}
	seen := make(map[string]bool, len(alarms))
	var verdicts []verdict
	for i := range alarms {
		a := &alarms[i]
		if seen[a.NativeID] {
			continue // the first one counts
		}
		seen[a.NativeID] = true
		s := k.sighting(source, a)
		known := s.match(records[a.NativeID])
		if known != nil {
			reported[known.ID] = true
		}
		if v, ok := s.judge(known, now); ok {
			verdicts = append(verdicts, v)
		}
	}
	for _, list := range records {
		for _, a := range list {
			if reported[a.ID] {
				continue
			}
			if v, ok := over(a, now); ok {
				verdicts = append(verdicts, v)
			}
		}
	}
	_, err := k.carryOut(ctx, verdicts)
	return err
}

// sighting is what an adapter says of an alarm, in our terms.
func (k *Keeper) sighting(source string, a *backend.Alarm) *sighting {
	s := &sighting{
		source: source, native: a.NativeID, cause: a.ProbableCause, severity: min(a.Severity, o2.SeverityIndeterminate),
		description: a.Description, extensions: a.Extensions, raisedAt: milliseconds(a.RaisedAt), changedAt: a.ChangedAt,
	}
	r := resourceOf(k.Inventory, o2.DeriveID(source, a.Resource))
	if r != nil && r.Backend != source {
		r = nil // it is another adapter's, under an id that both use
	}
	s.place(k.Inventory, r, a.Definition, func() o2.AlarmDefinition {
		return o2.AlarmDefinition{Name: a.Definition, Clearing: o2.ClearingAutomatic}
	})
	return s
}

// carryOut writes what was decided, and counts it. It returns which of it was made:
// what somebody else was faster with is not, and is decided anew by what is then
// known; nor is what there is no room for.
func (k *keeping) carryOut(ctx context.Context, verdicts []verdict) (made []bool, err error) {
	made = make([]bool, len(verdicts))
	room := k.settings.Load().MaxRecords - k.Book.size()
	changes, places := make([]alarmstore.Change, 0, len(verdicts)), make([]int, 0, len(verdicts))
	refused := 0
	for i, v := range verdicts {
		if v.Version == 0 && !v.Delete {
			if room--; room < 0 {
				refused++
				continue
			}
		}
		changes, places = append(changes, v.Change), append(places, i)
	}
	if refused > 0 {
		k.Telemetry.Refused(refused)
		if !k.full.Swap(true) {
			k.Log.Error("there are too many alarm records: no more alarms are raised; see alarms.maxRecords", "refused", refused)
		}
	} else if len(verdicts) > 0 && room >= 0 {
		k.full.Store(false)
	}
	done, err := k.Book.apply(ctx, changes)
	for i, ok := range done {
		v := verdicts[places[i]]
		made[places[i]] = ok
		switch {
		case !ok:
		case v.raises:
			k.Telemetry.Raised(label(v.Alarm.Source))
		case v.clears:
			k.Telemetry.Cleared(label(v.Alarm.Source))
		}
	}
	return made, err
}

// inFlight are the sources that have not answered yet.
type inFlight struct {
	mu    sync.Mutex
	names map[string]bool
}

// begin notes a question; false if there is one already.
func (f *inFlight) begin(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.names[name] {
		return false
	}
	if f.names == nil {
		f.names = map[string]bool{}
	}
	f.names[name] = true
	return true
}

func (f *inFlight) end(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.names, name)
}

// pause waits for d, a tenth more or less, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(time.Duration(float64(d) * (0.9 + 0.2*rand.Float64())))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

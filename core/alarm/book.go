package alarm

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/bus"
)

// View is what shows the records: core/inventory.Service.
type View interface {
	// Wrote and Deleted apply what was written.
	Wrote(o o2.Object)
	Deleted(backend string, key o2.ObjectKey, revision uint64)
}

// BookConfig is what a Book is built from. Store and Bus are mandatory.
type BookConfig struct {
	Store alarmstore.Store
	Bus   bus.Bus
	// Look is how often the store is asked for changes if no news comes; 1 s if 0.
	Look time.Duration
	// Log hears of news that cannot be heard.
	Log *slog.Logger
}

// Book has every record of the store, and tells a view of them. Its alarms are
// sealed, never changed, and have their record's version as their revision. All
// methods are safe for concurrent use, but that one Watch goes on at a time.
type Book struct {
	config BookConfig
	// view is told of what is written here; nil until Show.
	view View

	mu sync.Mutex
	// sources has the alarms by source and native id; what is in a slice is never
	// changed.
	sources map[string]map[string][]*o2.Alarm
	alarms  map[o2.ID]*o2.Alarm
	// meanwhile are those written here since the store began to be read as a whole;
	// nil while it is not.
	meanwhile map[o2.ID]bool
	// sequence and incarnation are the store's as the Watch last told of it.
	sequence    uint64
	incarnation o2.ID
	// told is closed when they change.
	told chan struct{}
	// wake has the Watch look at once.
	wake chan struct{}
}

// NewBook makes a Book that has nothing yet.
func NewBook(c BookConfig) (*Book, error) {
	if c.Store == nil || c.Bus == nil {
		return nil, errors.New("alarm: a book needs a store and a bus")
	}
	if c.Look <= 0 {
		c.Look = time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Book{
		config: c, sources: map[string]map[string][]*o2.Alarm{}, alarms: map[o2.ID]*o2.Alarm{},
		told: make(chan struct{}), wake: make(chan struct{}, 1),
	}, nil
}

// Show has v told of what is written through the Book, before the write returns.
// It is called before the Book is used otherwise.
func (b *Book) Show(v View) { b.view = v }

// most bounds how many changes the store is given at once.
const most = 500

// apply writes changes and returns how many were made. Those that are not, since
// they are based on other versions than are kept, leave what is kept in the book.
func (b *Book) apply(ctx context.Context, changes []alarmstore.Change) (made []bool, err error) {
	for some := range slices.Chunk(changes, most) {
		now, done, err := b.config.Store.Apply(ctx, some)
		if err != nil {
			return made, err
		}
		for i, r := range now {
			b.note(some[i].Alarm, r)
		}
		made = append(made, done...)
	}
	return made, nil
}

// note has book and view show what is kept of an alarm, unless they know of
// something later.
func (b *Book) note(given *o2.Alarm, kept alarmstore.Record) {
	b.mu.Lock()
	known := b.alarms[given.ID]
	switch {
	case kept.Alarm == nil:
		b.drop(given.ID)
	case known == nil || known.Revision < kept.Version:
		b.put(kept.Alarm)
	}
	if b.meanwhile != nil {
		b.meanwhile[given.ID] = true
	}
	b.mu.Unlock()
	switch {
	case b.view == nil:
	case kept.Alarm != nil:
		b.view.Wrote(kept.Alarm)
	case known != nil:
		b.view.Deleted(o2.AlarmBook, o2.ObjectKey{Kind: o2.KindAlarm, ID: given.ID}, known.Revision)
	}
}

// put and drop change what the book has; the caller holds mu.
func (b *Book) put(a *o2.Alarm) {
	b.drop(a.ID)
	b.alarms[a.ID] = a
	of := b.sources[a.Source]
	if of == nil {
		of = map[string][]*o2.Alarm{}
		b.sources[a.Source] = of
	}
	of[a.NativeID] = append(slices.Clone(of[a.NativeID]), a)
}

func (b *Book) drop(id o2.ID) {
	a := b.alarms[id]
	if a == nil {
		return
	}
	delete(b.alarms, id)
	of := b.sources[a.Source]
	left := slices.DeleteFunc(slices.Clone(of[a.NativeID]), func(other *o2.Alarm) bool { return other.ID == id })
	switch {
	case len(left) > 0:
		of[a.NativeID] = left
	case len(of) > 1:
		delete(of, a.NativeID)
	default:
		delete(b.sources, a.Source)
	}
}

// of returns a source's alarms by native id.
func (b *Book) of(source string) map[string][]*o2.Alarm {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.sources[source])
}

// called returns the alarms of a source that have a native id.
func (b *Book) called(source, native string) []*o2.Alarm {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sources[source][native]
}

// all returns every alarm, in no order.
func (b *Book) all() []*o2.Alarm {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Values(b.alarms))
}

// size counts the records.
func (b *Book) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.alarms)
}

// Severities counts the alarms by severity.
func (b *Book) Severities() (counts [o2.SeverityCleared + 1]int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.alarms {
		counts[min(a.Severity, o2.SeverityCleared)]++
	}
	return counts
}

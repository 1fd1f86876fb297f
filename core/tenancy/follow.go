package tenancy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancystore"
)

const (
	// mostPause bounds how long everything is not read again, so that with the
	// time between two looks a lost piece of news is made good within two seconds.
	mostPause = time.Second
	// manyNews are so many changes that everything is read instead of each.
	manyNews = 256
)

// news are what other processes tell, until they are looked at.
type news struct {
	// wake has a token while there is something.
	wake chan struct{}

	mu sync.Mutex
	// changed are the keys of records; look says that the epoch is to be compared.
	changed map[tenancystore.Key]bool
	look    bool
}

// Run keeps the directory current until ctx ends; it returns ctx.Err().
func (d *Directory) Run(ctx context.Context) error {
	var listening sync.WaitGroup
	defer listening.Wait()
	listening.Go(func() { d.listen(ctx) })
	tick := time.NewTicker(d.config.Poll)
	defer tick.Stop()
	d.look(ctx, false)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-d.news.wake:
			d.take(ctx)
		case <-tick.C:
			d.look(ctx, true)
		}
	}
}

// listen hears the news of other processes until ctx ends.
func (d *Directory) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := d.config.Bus.Listen(ctx, []bus.Topic{bus.Tenancy}, d.hear)
		if ctx.Err() != nil {
			return
		}
		d.config.Log.Debug("news of tenants cannot be heard; the store is asked instead", "error", err)
		wait := time.NewTimer(d.config.Poll)
		select {
		case <-ctx.Done():
		case <-wait.C:
		}
		wait.Stop()
	}
}

// hear notes one piece of news.
func (d *Directory) hear(m bus.Message) {
	d.news.mu.Lock()
	defer d.news.mu.Unlock()
	many := len(d.news.changed) >= manyNews
	if key, ok := parseKey(m.Body); ok && !many {
		if d.news.changed == nil {
			d.news.changed = map[tenancystore.Key]bool{}
		}
		d.news.changed[key] = true
	}
	d.news.look = d.news.look || m.Missed || many
	select {
	case d.news.wake <- struct{}{}:
	default: // it is awake
	}
}

// take looks at what was heard.
func (d *Directory) take(ctx context.Context) {
	d.news.mu.Lock()
	changed, look := d.news.changed, d.news.look
	d.news.changed, d.news.look = nil, false
	d.news.mu.Unlock()
	if look {
		d.look(ctx, false)
		return
	}
	for key := range changed {
		if err := d.refresh(ctx, key, nil); err != nil {
			return // the store is away; the next look makes it good
		}
	}
}

// look reads everything if the store has changed since that was done last. If
// patient, it does not while that was done lately and took long: each change is
// read by itself, and everything only in case some were not heard of.
func (d *Directory) look(ctx context.Context, patient bool) {
	if d.begin(ctx) != nil {
		return
	}
	defer d.end()
	if patient && time.Now().Before(d.rest) {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, d.config.Timeout)
	epoch, err := d.config.Store.Epoch(bounded)
	cancel()
	if err == nil && (epoch != d.known || !d.Loaded()) {
		err = d.readAll(ctx)
	}
	d.heard(ctx, err)
}

// Reload reads everything from the store.
func (d *Directory) Reload(ctx context.Context) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	defer d.end()
	err := d.readAll(ctx)
	d.heard(ctx, err)
	return err
}

func (d *Directory) readAll(ctx context.Context) error {
	began := time.Now()
	bounded, cancel := context.WithTimeout(ctx, 10*d.config.Timeout)
	defer cancel()
	records, epoch, err := d.config.Store.All(bounded)
	if err != nil {
		return fmt.Errorf("reading tenants, users and roles: %w", err)
	}
	d.now.Store(d.now.Load().with(records, d.config.Log))
	d.known = epoch
	ended := time.Now()
	d.rest = ended.Add(min(4*ended.Sub(began), mostPause))
	return nil
}

// refresh reads one record. If the store does not answer, wrote holds instead:
// what this process has just written there; nil if it wrote nothing.
func (d *Directory) refresh(ctx context.Context, key tenancystore.Key, wrote *written) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	defer d.end()
	if !d.Loaded() {
		err := d.readAll(ctx)
		d.heard(ctx, err)
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, d.config.Timeout)
	defer cancel()
	r, err := d.config.Store.Get(bounded, key)
	now := &r
	switch {
	case errors.Is(err, store.ErrNotFound):
		now = nil
	case err != nil && wrote != nil:
		now = wrote.record
	case err != nil:
		d.heard(ctx, err)
		return err
	}
	d.now.Store(d.now.Load().put(key, now, d.config.Log))
	return nil
}

// written is the outcome of a write: the record, nil if it was deleted.
type written struct{ record *tenancystore.Record }

// heard notes whether the store has answered, and tells the log of a change.
func (d *Directory) heard(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil && !d.away:
		d.away = true
		d.config.Log.Warn("the store of tenants, users and roles does not answer; what is known of them stays in force", "error", err)
	case err == nil && d.away:
		d.away = false
		d.config.Log.Info("the store of tenants, users and roles answers again")
	}
}

// begin takes the turn.
func (d *Directory) begin(ctx context.Context) error {
	select {
	case d.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting to read tenants, users and roles: %w", ctx.Err())
	}
}

func (d *Directory) end() { <-d.turn }

// keyText is a key as news carry it. No tenant has a slash in its id.
func keyText(k tenancystore.Key) []byte {
	return []byte(string(k.Kind) + "/" + k.Tenant + "/" + k.Name)
}

func parseKey(body []byte) (tenancystore.Key, bool) {
	parts := strings.SplitN(string(body), "/", 3)
	if len(parts) != 3 {
		return tenancystore.Key{}, false
	}
	return tenancystore.Key{Kind: tenancystore.Kind(parts[0]), Tenant: parts[1], Name: parts[2]}, true
}

// Package reading answers reads for every API family: lists and single objects of
// the inventory, and collections that are all at hand, with filters, selectors,
// pages, entity tags and freshness. A family says how it looks: its data types,
// what encloses a list, what its parameters are called.
//
// An object is encoded once, by its data type's projection, and then copied into
// every answer.
package reading

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/ports/inventory"
)

// Config is what an operator chooses.
type Config struct {
	// ExternalURL is what callers reach the gateway by, such as
	// "https://o2.example.com"; absolute URIs start with it. "" leaves URIs
	// relative to the host.
	ExternalURL string
	// DefaultPageSize and MaxPageSize bound a list's page, in objects.
	DefaultPageSize, MaxPageSize int
	// Query bounds filters and selectors; zero fields mean core/query's defaults.
	Query query.Limits
}

// Check returns the Config in its usual form, or what is wrong with it.
func (c Config) Check() (Config, error) {
	if c.DefaultPageSize < 1 || c.MaxPageSize < c.DefaultPageSize {
		return c, fmt.Errorf("page sizes: default %d, maximum %d: want 1 <= default <= maximum", c.DefaultPageSize, c.MaxPageSize)
	}
	if c.ExternalURL != "" {
		u, err := url.Parse(c.ExternalURL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
			return c, fmt.Errorf("external URL %q: want scheme://host[:port][/path]", c.ExternalURL)
		}
		c.ExternalURL = strings.TrimSuffix(c.ExternalURL, "/")
	}
	return c, nil
}

// Format is how a family's lists look.
type Format struct {
	// Version is in every entity tag, a short text of letters and digits. It is to
	// change with every change of what the family's projections return for an
	// object, so that a rolling upgrade never answers 304 for bytes that differ. No
	// two families have the same.
	Version string
	// Open and Close enclose a list's objects.
	Open, Close string
	// PageSize is the parameter that asks for a page's size, "" if callers cannot.
	PageSize string
	// Enhanced lists can be sorted, searched, filtered by plain parameters and entered
	// at a page's number, and tell how long they are: see enhanced.go. Open begins an
	// object then, and Close ends an array within it.
	Enhanced bool
}

// ParamMarker is the parameter that says where a page starts.
const ParamMarker = "nextpage_opaque_marker"

// Type is one data type of a family that the inventory holds.
type Type struct {
	Kind o2.Kind
	// Noun is the data type's name, for errors.
	Noun string
	// Schema has the attributes that filters and selectors know.
	Schema *query.Schema
	// Shape is the place of the projection that gives all attributes.
	Shape inventory.Shape
	// Default is the place of that which leaves out what the schema omits by
	// default; Shape again if it omits nothing.
	Default inventory.Shape
	// ID returns the inventory's id of the object that the API calls id, and whether
	// there may be one; nil where they are the same.
	ID func(id o2.ID) (o2.ID, bool)
}

// Reading reads. It is safe for concurrent use.
type Reading struct {
	config Config
	format Format
	reader inventory.Reader
	logger *slog.Logger
	list   []string // the parameters of a list
	pages  pages
	within conditions
}

// New makes a Reading. It fails on a Config that cannot be served.
func New(config Config, format Format, reader inventory.Reader, logger *slog.Logger) (*Reading, error) {
	config, err := config.Check()
	if err != nil {
		return nil, err
	}
	return &Reading{config: config, format: format, reader: reader, logger: logger, list: listParameters(format)}, nil
}

// ExternalURL is the Config's, without a slash at its end.
func (a *Reading) ExternalURL() string { return a.config.ExternalURL }

// Fail answers with the problem that err is.
func (a *Reading) Fail(w http.ResponseWriter, r *http.Request, err error) {
	problem.Fail(w, r, a.logger, err)
}

// Seen reports, as an error that names it, that the caller sees no object of t with
// that id.
func (a *Reading) Seen(ctx context.Context, r *http.Request, t Type, text string) (inventory.Item, inventory.Freshness, error) {
	id, ok := o2.ParseID(text)
	if ok && t.ID != nil {
		id, ok = t.ID(id)
	}
	if !ok {
		return nil, inventory.Freshness{}, UnknownID(t.Noun, text)
	}
	item, freshness, err := a.reader.Get(ctx, scopeOf(r), t.Kind, id)
	return item, freshness, Named(err, t.Noun, text)
}

// UnknownID is the answer to an id that no object can have.
func UnknownID(noun, id string) error {
	return problem.Problem{Status: http.StatusNotFound, Detail: fmt.Sprintf("there is no %s with id %q", noun, id)}
}

// Named says which object was not found, where the core only says that none was.
func Named(err error, noun, id string) error {
	if errors.Is(err, inventory.ErrNotFound) {
		return UnknownID(noun, id)
	}
	return err
}

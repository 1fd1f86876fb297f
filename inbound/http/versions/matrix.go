package versions

import (
	"strings"
	"sync/atomic"
	"time"
)

// Status is where a version stands in its life.
type Status string

// The statuses.
const (
	// Planned: there is nothing yet.
	Planned Status = "planned"
	// Current: it is here to stay until a deprecation is announced.
	Current Status = "current"
	// Deprecated: it is served, and clients are told to move on.
	Deprecated Status = "deprecated"
	// Sunset: its time is over. It is served as long as it is there, and may be
	// gone with the next release.
	Sunset Status = "sunset"
)

// Deprecation is what an operator announces of a version.
type Deprecation struct {
	// Since is the day from which on it is deprecated. It may be yet to come.
	Since time.Time
	// Sunset is the day on which its time is over; the zero Time while that is open.
	Sunset time.Time
	// Guide is the URL of the migration guide, "" if there is none.
	Guide string
}

// Matrix is the support matrix. Its methods are safe for concurrent use.
type Matrix struct {
	versions []Version
	external string
	// announced is nil as long as nothing is deprecated, so that nothing is looked
	// for then.
	announced atomic.Pointer[[]announcement]
}

// NewMatrix makes the matrix of versions, of which none is deprecated yet.
// External is what absolute URLs start with; "" makes them paths.
func NewMatrix(external string, versions []Version) *Matrix {
	return &Matrix{versions: versions, external: strings.TrimSuffix(external, "/")}
}

// Deprecate replaces all that was announced, by the versions' names. Names of
// versions that there are not have no effect.
func (m *Matrix) Deprecate(byName map[string]Deprecation) {
	var list []announcement
	for _, v := range m.versions {
		if d, ok := byName[v.Name()]; ok {
			list = append(list, newAnnouncement(v, d))
		}
	}
	if list == nil {
		m.announced.Store(nil)
		return
	}
	m.announced.Store(&list)
}

// Row is one version as the matrix has it at a time.
type Row struct {
	Version
	Status      Status
	Deprecation *Deprecation // nil if none was announced
}

// Rows returns the whole matrix.
func (m *Matrix) Rows(now time.Time) []Row {
	rows := make([]Row, len(m.versions))
	for i, v := range m.versions {
		rows[i] = m.row(v, now)
	}
	return rows
}

func (m *Matrix) row(v Version, now time.Time) Row {
	row := Row{Version: v, Status: Current}
	if v.Released == "" {
		row.Status = Planned
	}
	list := m.announced.Load()
	if list == nil {
		return row
	}
	for i := range *list {
		if a := &(*list)[i]; a.base == v.Base {
			row.Deprecation, row.Status = &a.deprecation, a.deprecation.status(now)
		}
	}
	return row
}

func (d *Deprecation) status(now time.Time) Status {
	switch {
	case !d.Sunset.IsZero() && !now.Before(d.Sunset):
		return Sunset
	case !now.Before(d.Since):
		return Deprecated
	}
	return Current
}

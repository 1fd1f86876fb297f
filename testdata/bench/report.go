package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// report collects the lines of the table.
type report struct {
	out    io.Writer
	lines  []string
	missed bool
}

// atLeast records a figure that has to reach bound.
func (r *report) atLeast(what string, got, bound float64, detail string, args ...any) {
	r.line(what, fmt.Sprintf("%.2f", got), fmt.Sprintf(">= %.2f", bound), got >= bound, detail, args...)
}

// atMost records a figure that must not pass bound.
func (r *report) atMost(what string, got, bound float64, detail string, args ...any) {
	r.line(what, fmt.Sprintf("%.2f", got), fmt.Sprintf("<= %.2f", bound), got <= bound, detail, args...)
}

func (r *report) line(what, got, bound string, ok bool, detail string, args ...any) {
	verdict := "ok"
	if !ok {
		verdict, r.missed = "MISSED", true
	}
	line := fmt.Sprintf("| %s | %s | %s | %s | %s |", what, got, bound, verdict, fmt.Sprintf(detail, args...))
	fmt.Fprintln(r.out, line)
	r.lines = append(r.lines, line)
}

// print writes the whole table and tells whether every bound held.
func (r *report) print() bool {
	fmt.Fprintln(r.out, "\n| what | measured | bound | | detail |\n|---|---|---|---|---|")
	for _, line := range r.lines {
		fmt.Fprintln(r.out, line)
	}
	return !r.missed
}

// quantile returns the q-quantile of times, which it sorts.
func quantile(times []time.Duration, q float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[min(int(q*float64(len(times))), len(times)-1)]
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

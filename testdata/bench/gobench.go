package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

// goBenchmark runs benchmarks of a package and returns what they report, by name
// and unit, one figure for each time.
func goBenchmark(ctx context.Context, pattern, times, count, pkg string) (map[string]map[string][]float64, error) {
	out, err := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchtime", times, "-count", count, pkg).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	figures := map[string]map[string][]float64{}
	for _, line := range benchmarkLine.FindAllSubmatch(out, -1) {
		name := string(line[1])
		if figures[name] == nil {
			figures[name] = map[string][]float64{}
		}
		for _, m := range benchmarkFigure.FindAllSubmatch(line[2], -1) {
			value, err := strconv.ParseFloat(string(m[1]), 64)
			if err != nil {
				return nil, err
			}
			unit := string(m[2])
			figures[name][unit] = append(figures[name][unit], value)
		}
	}
	if len(figures) == 0 {
		return nil, fmt.Errorf("the benchmark's output is not understood: %s", out)
	}
	return figures, nil
}

var (
	benchmarkLine   = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s(.*)$`)
	benchmarkFigure = regexp.MustCompile(`([0-9.]+) (\S+)`)
)

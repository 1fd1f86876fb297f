package query

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestNumberCompare(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"1", "1", 0}, {"1", "1.0", 0}, {"1", "1e0", 0}, {"100", "1e2", 0}, {"100", "1E+2", 0}, {"0.01", "1e-2", 0},
		{"0", "-0", 0}, {"0", "0.000", 0}, {"+5", "5", 0}, {"007", "7", 0}, {"0.10", "0.1", 0}, {"12.5e1", "125", 0},
		{"9007199254740993", "9007199254740992", 1}, {"0.1", "0.10000000000000000000000001", -1},
		{"-1", "1", -1}, {"-2", "-1", -1}, {"-1", "0", -1}, {"0", "-0.5", 1}, {"9", "10", -1}, {"99e2", "1e4", -1},
		{"1e999999999", "1e999999998", 1}, {"1e-999999999", "0", 1}, {"0.05", "0.5", -1}, {"10.5", "10.05", 1},
	}
	for _, tt := range tests {
		a, okA := parseNumber(tt.a)
		b, okB := parseNumber(tt.b)
		if !okA || !okB || a.compare(b) != tt.want || b.compare(a) != -tt.want {
			t.Errorf("compare(%s, %s) = %d and %d, want %d", tt.a, tt.b, a.compare(b), b.compare(a), tt.want)
		}
	}
	for _, s := range []string{"", "-", "+", ".", "1.", ".5", "1e", "1e+", "1e1.5", "0x10", "1_000", "1,5", "NaN", "Inf", "1e9999999999", "1.2.3", " 1", "--1", "e5", "1e-+5"} {
		if n, ok := parseNumber(s); ok {
			t.Errorf("parseNumber(%q) = %+v, want none", s, n)
		}
	}
}

func TestNumberCompareLikeRationals(t *testing.T) {
	literal := rapid.StringMatching(`-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		x, y := literal.Draw(t, "x"), literal.Draw(t, "y")
		a, okA := parseNumber(x)
		b, okB := parseNumber(y)
		if !okA || !okB {
			t.Fatalf("%q or %q is no number", x, y)
		}
		p, _ := new(big.Rat).SetString(x)
		q, _ := new(big.Rat).SetString(y)
		if got, want := a.compare(b), p.Cmp(q); got != want {
			t.Fatalf("compare(%s, %s) = %d, want %d", x, y, got, want)
		}
	})
}

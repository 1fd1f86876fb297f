package ratelimit

import "strconv"

// Numbers in headers come out of a table, so that a request allocates none. Up to
// 999 they are exact; beyond they are rounded down to two digits, for what remains
// is a hint.
const (
	exact   = 1000
	perTen  = 90 // from 10 to 99
	decades = 8
)

var numbers = func() [][]string {
	list := make([][]string, 0, exact+decades*perTen)
	for n := range exact {
		list = append(list, []string{strconv.Itoa(n)})
	}
	for unit, d := 100, 0; d < decades; unit, d = unit*10, d+1 {
		for n := 10; n < 100; n++ {
			list = append(list, []string{strconv.Itoa(n * unit)})
		}
	}
	return list
}()

// number returns n as a header's value; not to be changed.
func number(n int) []string {
	if n < exact {
		return numbers[max(n, 0)]
	}
	at := exact
	for n /= 100; n >= 100; n /= 10 {
		at += perTen
	}
	return numbers[min(at+n-10, len(numbers)-1)]
}

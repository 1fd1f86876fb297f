package config

import "strings"

// closest returns the candidate that word is probably a misspelling of, "" if
// none is near enough: at most two edits, and fewer than half the word.
func closest(word string, candidates []string) string {
	best, bestEdits := "", 3
	for _, c := range candidates {
		if edits := distance(strings.ToLower(word), strings.ToLower(c)); edits < bestEdits && 2*edits < len(c) {
			best, bestEdits = c, edits
		}
	}
	return best
}

// distance is Levenshtein's edit distance.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			above := row[j]
			row[j] = min(above+1, row[j-1]+1, diagonal+cost)
			diagonal = above
		}
	}
	return row[len(b)]
}

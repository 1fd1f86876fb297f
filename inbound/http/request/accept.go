package request

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/netweave/netweave/inbound/http/problem"
)

// offered are the media ranges that JSON is in; "" stands for an empty list.
var offered = []string{"*/*", "application/*", "application/json", ""}

// CheckAccept refuses a caller who takes no JSON.
func CheckAccept(r *http.Request) error {
	lines := r.Header["Accept"]
	if len(lines) == 0 {
		return nil
	}
	for _, line := range lines {
		if line == "*/*" || line == "application/json" {
			return nil
		}
		for part := range strings.SplitSeq(line, ",") {
			media, parameters, _ := strings.Cut(part, ";")
			if slices.Contains(offered, strings.ToLower(strings.TrimSpace(media))) && !refusedByQuality(parameters) {
				return nil
			}
		}
	}
	return problem.Problem{
		Status: http.StatusNotAcceptable,
		Detail: fmt.Sprintf("Accept %q takes nothing that is offered here: application/json", strings.Join(lines, ", ")),
	}
}

// refusedByQuality reports whether media type parameters say q=0.
func refusedByQuality(parameters string) bool {
	for one := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(one), "=")
		if strings.EqualFold(name, "q") {
			return strings.Trim(value, "0.") == ""
		}
	}
	return false
}

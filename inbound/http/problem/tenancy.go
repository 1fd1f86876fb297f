package problem

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

// ofTenancy returns the problem that an error of tenancy or of quotas is told as.
func ofTenancy(err error) (p Problem, ok bool) {
	var exceeded *quota.ExceededError
	switch {
	case errors.As(err, &exceeded):
		return ofQuota(exceeded), true
	case errors.Is(err, tenancy.ErrNotAdmitted), errors.Is(err, tenancy.ErrImmutable), errors.Is(err, tenancy.ErrEscalation):
		return Problem{Status: http.StatusForbidden, Detail: err.Error()}, true
	case errors.Is(err, tenancy.ErrNotFound):
		return Problem{Status: http.StatusNotFound, Detail: "there is no such object"}, true
	case errors.Is(err, tenancy.ErrInUse):
		return Problem{Status: http.StatusConflict, Detail: err.Error()}, true
	case errors.Is(err, tenancy.ErrLimit):
		return Problem{Status: http.StatusTooManyRequests, Detail: err.Error() + ": delete some first"}, true
	case errors.Is(err, tenancystore.ErrExists):
		return Problem{
			Status: http.StatusConflict, Detail: tenancystore.ErrExists.Error() + ": read, change or delete what is there",
		}, true
	case errors.Is(err, tenancystore.ErrConflict):
		return Problem{
			Status: http.StatusConflict, Detail: tenancystore.ErrConflict.Error() + ": read it again and repeat the change",
		}, true
	}
	return Problem{}, false
}

// ofQuota names quota, limit and use for programs as well, in the quota's unit.
func ofQuota(err *quota.ExceededError) Problem {
	inUnit := func(n int64) json.Number { return json.Number(o2.QuotaText(err.Quota, n)) }
	return Problem{
		Status: http.StatusTooManyRequests, Detail: err.Error(),
		Additional: map[string]any{
			"quota": err.Quota, "limit": inUnit(err.Limit), "used": inUnit(err.Used), "wanted": inUnit(err.Wanted),
		},
	}
}

package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/netweave/netweave/plugins/aws/internal/config"
	"github.com/netweave/netweave/sdk"
)

const html = "<!DOCTYPE html><html><body>Bad gateway</body></html>"

// TestListsAreWholeOrFail is what a list may come as, and that nothing of a bad
// one is believed.
func TestListsAreWholeOrFail(t *testing.T) {
	t.Parallel()
	const doing = "listing instances: "
	half := `<?xml version="1.0"?><DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId></item>`
	for name, c := range map[string]struct {
		answers []http.HandlerFunc
		code    sdk.Code // "": fine
		want    string   // of the error, or the ids
		asked   int
	}{
		"one page":              {[]http.HandlerFunc{instances("", "i-1", "i-2")}, "", "i-1 i-2", 1},
		"two pages":             {[]http.HandlerFunc{instances("t1", "i-1"), instances("", "i-2")}, "", "i-1 i-2", 2},
		"none":                  {[]http.HandlerFunc{instances("")}, "", "", 1},
		"throttled, then not":   {[]http.HandlerFunc{refuses(503, "RequestLimitExceeded", "slow down"), instances("", "i-1")}, "", "i-1", 2},
		"broken, then not":      {[]http.HandlerFunc{breaks, instances("", "i-1")}, "", "i-1", 2},
		"half, then whole":      {[]http.HandlerFunc{says(200, half), instances("", "i-1")}, "", "i-1", 2},
		"half a page":           {[]http.HandlerFunc{says(200, half)}, sdk.Unavailable, "no whole answer from AWS: XML syntax error on line 1: unexpected EOF", 4},
		"nothing at all":        {[]http.HandlerFunc{says(200, "")}, sdk.Unavailable, errForeign.Error(), 4},
		"a page of HTML as 200": {[]http.HandlerFunc{says(200, html)}, sdk.Unavailable, errForeign.Error(), 4},
		"a page of HTML as 502": {[]http.HandlerFunc{says(502, html)}, sdk.Unavailable, "AWS answered Bad Gateway", 4},
		"no list in it":         {[]http.HandlerFunc{says(200, `<DescribeInstancesResponse><requestId>r</requestId></DescribeInstancesResponse>`)}, sdk.Unavailable, errEmpty.Error(), 1},
		"an item without id":    {[]http.HandlerFunc{instances("", "i-1", "")}, sdk.Unavailable, "AWS's answer has an item without an id, so none of it is believed", 1},
		"the same token twice":  {[]http.HandlerFunc{instances("t1", "i-1"), instances("t1", "i-2")}, sdk.Unavailable, "AWS gave the same pagination token twice, so the list is not believed", 2},
		"the same page twice":   {[]http.HandlerFunc{instances("t1", "i-1"), instances("", "i-1")}, sdk.Unavailable, `"i-1" came twice: the inventory changed while it was read`, 2},
		"its second page fails": {[]http.HandlerFunc{instances("t1", "i-1"), refuses(500, "InternalError", "oops")}, sdk.Unavailable, "AWS answered InternalError, oops", 5},
		"a token gone stale":    {[]http.HandlerFunc{instances("t1", "i-1"), refuses(400, "InvalidNextToken", "no")}, sdk.Unavailable, "AWS answered InvalidNextToken, no", 2},
		"throttled for long":    {[]http.HandlerFunc{refuses(503, "RequestLimitExceeded", "Request limit exceeded.")}, sdk.Throttled, "AWS answered RequestLimitExceeded, Request limit exceeded.", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := newCloud(t, c.answers...)
			found, _, err := cloud.client(t).Instances(t.Context())
			if n := len(cloud.requests()); n != c.asked {
				t.Errorf("it asked %d times, want %d", n, c.asked)
			}
			if c.code != "" {
				wantError(t, err, c.code, doing+c.want)
				return
			}
			var ids []string
			for _, i := range found {
				ids = append(ids, *i.InstanceId)
			}
			if got := strings.Join(ids, " "); err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func wantError(t *testing.T, err error, code sdk.Code, message string) {
	t.Helper()
	e, ok := errors.AsType[*sdk.Error](err)
	if !ok || e.Code != code || !strings.HasPrefix(e.Error(), message) {
		t.Errorf("got %v\nwant %s: %s", err, code, message)
	}
}

// TestRefusals is what becomes of AWS's codes.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const renew = ": renew them where the plugin reads them; a file is read again at the next request"
	for name, c := range map[string]struct {
		status        int
		code, message string
		want          sdk.Code
		says          string
	}{
		"expired":      {400, "RequestExpired", testSecret, sdk.Denied, "AWS refused the credentials (RequestExpired)" + renew},
		"token":        {403, "ExpiredToken", "token AQoD is expired", sdk.Denied, "AWS refused the credentials (ExpiredToken)" + renew},
		"signature":    {403, "SignatureDoesNotMatch", "the canonical string should have been " + testSecret, sdk.Denied, "AWS refused the credentials (SignatureDoesNotMatch)" + renew},
		"unauthorized": {403, "AccessDenied", "no", sdk.Denied, "AWS does not allow it (AccessDenied): grant the permission autoscaling:CreateAutoScalingGroup to the plugin's role or user"},
		"limit":        {400, "LimitExceeded", "too many groups", sdk.Exhausted, "AWS answered LimitExceeded, too many groups"},
		"vCPUs":        {400, "VcpuLimitExceeded", "64", sdk.Exhausted, "AWS answered VcpuLimitExceeded, 64"},
		"capacity":     {500, "InsufficientInstanceCapacity", "none left", sdk.Exhausted, "AWS answered InsufficientInstanceCapacity, none left"},
		"exists":       {400, "AlreadyExists", "it is there", sdk.Conflict, "AWS answered AlreadyExists, it is there"},
		"in use":       {400, "ResourceInUse", "has instances", sdk.Conflict, "AWS answered ResourceInUse, has instances"},
		"validation":   {400, "ValidationError", "MaxSize must be", sdk.Invalid, "AWS answered ValidationError, MaxSize must be"},
		"not found":    {400, "ValidationError", "AutoScalingGroup name not found - x", sdk.NotFound, "AWS answered ValidationError, AutoScalingGroup name not found - x"},
		"parameter":    {400, "InvalidParameterValue", "x " + testSecret, sdk.Invalid, "AWS answered InvalidParameterValue, x [credentials]"},
		"template":     {400, "InvalidLaunchTemplateName.NotFoundException", "x", sdk.Invalid, "AWS answered InvalidLaunchTemplateName.NotFoundException, x"},
		"not there":    {400, "Unsupported", "m5 is not in us-east-1e", sdk.Invalid, "AWS answered Unsupported, m5 is not in us-east-1e"},
		"an instance":  {400, "InvalidInstanceID.NotFound", "x", sdk.NotFound, "AWS answered InvalidInstanceID.NotFound, x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := newCloud(t, refuses(c.status, c.code, c.message))
			err := cloud.client(t).CreateGroup(t.Context(), group())
			wantError(t, err, c.want, "creating the Auto Scaling group: "+c.says)
			if strings.Contains(err.Error(), testSecret) {
				t.Error("it tells the secret")
			}
			if n := len(cloud.requests()); n != 1 {
				t.Errorf("it was sent %d times", n)
			}
		})
	}
}

func group() *autoscaling.CreateAutoScalingGroupInput {
	return &autoscaling.CreateAutoScalingGroupInput{AutoScalingGroupName: aws.String("x"), MinSize: aws.Int32(0), MaxSize: aws.Int32(1)}
}

// TestWritesAreNotReplayed counts how often a write is sent.
func TestWritesAreNotReplayed(t *testing.T) {
	t.Parallel()
	const doubtful = "; it may have been done all the same, so look before you ask again"
	fine := says(200, `<CreateAutoScalingGroupResponse><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></CreateAutoScalingGroupResponse>`)
	for name, c := range map[string]struct {
		answers []http.HandlerFunc
		code    sdk.Code
		want    string
		asked   int
	}{
		"fine":                {[]http.HandlerFunc{fine}, "", "", 1},
		"throttled, then not": {[]http.HandlerFunc{refuses(400, "Throttling", "Rate exceeded"), fine}, "", "", 2},
		"cut":                 {[]http.HandlerFunc{breaks, fine}, sdk.Timeout, "the answer did not come, or cannot be read" + doubtful, 1},
		"late":                {[]http.HandlerFunc{hangs, fine}, sdk.Timeout, "AWS did not answer in time" + doubtful, 1},
		"a fault of AWS's":    {[]http.HandlerFunc{refuses(500, "InternalFailure", "oops"), fine}, sdk.Timeout, "AWS answered InternalFailure" + doubtful, 1},
		"a proxy's":           {[]http.HandlerFunc{says(502, html), fine}, sdk.Timeout, "AWS answered Bad Gateway" + doubtful, 1},
		"HTML as 200":         {[]http.HandlerFunc{says(200, html), fine}, sdk.Timeout, "the answer did not come, or cannot be read" + doubtful, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := newCloud(t, c.answers...)
			client := cloud.client(t, func(c *config.Config) { c.Timeout = sdk.Duration(300 * time.Millisecond) })
			err := client.CreateGroup(t.Context(), group())
			if c.code == "" && err != nil {
				t.Errorf("got %v", err)
			}
			if c.code != "" {
				wantError(t, err, c.code, "creating the Auto Scaling group: "+c.want)
			}
			if n := len(cloud.requests()); n != c.asked {
				t.Errorf("it was sent %d times, want %d", n, c.asked)
			}
		})
	}
}

// TestACallEndsInTime has AWS answer too late, or ask for pauses that the call has
// no time for.
func TestACallEndsInTime(t *testing.T) {
	t.Parallel()
	t.Run("no answer", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, _, err := newCloud(t, hangs).client(t).Instances(ctx)
		wantError(t, err, sdk.Timeout, "listing instances: AWS did not answer in time")
	})
	t.Run("given up", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cloud := newCloud(t, func(w http.ResponseWriter, r *http.Request) { cancel(); hangs(w, r) })
		if _, _, err := cloud.client(t).Instances(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("throttled until the end", func(t *testing.T) {
		t.Parallel()
		cloud := newCloud(t, refuses(503, "RequestLimitExceeded", "slow down"))
		client := cloud.client(t)
		client.reads = Retry{Attempts: 50, Longest: time.Minute}.reads()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err := client.Instances(ctx)
		wantError(t, err, sdk.Throttled, "listing instances: AWS answered RequestLimitExceeded, slow down")
	})
	t.Run("held back from the start", func(t *testing.T) {
		t.Parallel()
		cloud := newCloud(t, refuses(503, "RequestLimitExceeded", "slow down"))
		client := cloud.client(t)
		_, _, err := client.Instances(t.Context())
		wantError(t, err, sdk.Throttled, "listing instances: AWS answered RequestLimitExceeded, slow down")
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, _, err = client.Instances(ctx)
		wantError(t, err, sdk.Throttled, "listing instances: AWS asked for fewer requests, and there is no time left for this one")
	})
	t.Run("health asks once", func(t *testing.T) {
		t.Parallel()
		cloud := newCloud(t, says(503, html))
		wantError(t, cloud.client(t).Health(t.Context()), sdk.Unavailable, "asking AWS whether it answers: AWS answered Service Unavailable")
		if n := len(cloud.requests()); n != 1 {
			t.Errorf("it asked %d times", n)
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		cloud := newCloud(t, hangs)
		client := cloud.client(t)
		cloud.Close()
		_, _, err := client.Instances(t.Context())
		wantError(t, err, sdk.Unavailable, "listing instances: AWS cannot be reached: dial tcp 127.0.0.1:")
	})
}

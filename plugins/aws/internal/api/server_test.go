package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/plugins/aws/internal/config"
	"github.com/netweave/netweave/sdk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testSecret = "wJalrXUtnFEMI/K7MDENG"

// cloud is an AWS that answers as a test says, one answer a request; the last is
// for all that follow.
type cloud struct {
	*httptest.Server
	mu      sync.Mutex
	answers []http.HandlerFunc
	asked   []string // actions
}

func newCloud(t testing.TB, answers ...http.HandlerFunc) *cloud {
	t.Helper()
	c := &cloud{answers: answers}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		answer := c.answers[0]
		if len(c.answers) > 1 {
			c.answers = c.answers[1:]
		}
		action := r.FormValue("Action")
		if action == "" {
			action = r.Method + " " + r.URL.Path
		}
		c.asked = append(c.asked, action)
		c.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *cloud) requests() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

func (c *cloud) client(t testing.TB, change ...func(*config.Config)) *Client {
	t.Helper()
	cfg := config.Config{
		Region: "us-east-1", Endpoint: c.URL, AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: testSecret, Timeout: sdk.Duration(2 * time.Second),
	}
	for _, f := range change {
		f(&cfg)
	}
	client := New(cfg.WithDefaults(), Settings{Log: slog.New(slog.DiscardHandler), Retry: Retry{Longest: time.Millisecond}})
	t.Cleanup(client.Close)
	return client
}

// says answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// refuses answers as EC2 does when it will not, or as Auto Scaling does.
func refuses(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		format := `<?xml version="1.0"?><Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>r</RequestID></Response>`
		if r.FormValue("Version") == "2011-01-01" {
			format = `<ErrorResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`
		}
		says(status, fmt.Sprintf(format, code, message))(w, r)
	}
}

// instances answers with a page of instances.
func instances(next string, ids ...string) http.HandlerFunc {
	body := `<?xml version="1.0"?><DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><reservationSet>`
	for _, id := range ids {
		body += `<item><reservationId>r-1</reservationId><instancesSet><item>`
		if id != "" {
			body += `<instanceId>` + id + `</instanceId>`
		}
		body += `<instanceType>m5.large</instanceType></item></instancesSet></item>`
	}
	body += `</reservationSet>`
	if next != "" {
		body += `<nextToken>` + next + `</nextToken>`
	}
	return says(http.StatusOK, body+`</DescribeInstancesResponse>`)
}

// hangs answers when the caller has gone.
func hangs(_ http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	<-r.Context().Done()
}

// breaks cuts the connection.
func breaks(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

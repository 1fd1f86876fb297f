package alerts

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/alert"
	amconfig "github.com/prometheus/alertmanager/config/common"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/notify/webhook"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

// sent is what the gateway's own tests take for a notification of Alertmanager's.
const sent = root + "/inbound/http/testdata/alertmanager.json"

// notifier is Alertmanager's own, and ctx what it does when it sends to it.
func notifier(t *testing.T, to string) (*webhook.Notifier, context.Context) {
	t.Helper()
	templates, err := template.FromGlobs(nil)
	if err != nil {
		t.Fatal(err)
	}
	if templates.ExternalURL, err = url.Parse("http://alertmanager.example.com"); err != nil {
		t.Fatal(err)
	}
	n, err := webhook.New(&webhook.WebhookConfig{
		URL: amconfig.SecretTemplateURL(to), HTTPConfig: &config.HTTPClientConfig{},
	}, templates, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	labels := model.LabelSet{"alertname": "NodeDown"}
	ctx := notify.WithGroupKey(t.Context(), `{}:{alertname="NodeDown"}`)
	ctx = notify.WithNotificationReason(notify.WithGroupLabels(notify.WithReceiverName(ctx, "netweave"), labels), notify.ReasonFirstNotification)
	return n, ctx
}

// pair is an alert that is firing and one that is over.
func pair() []*alert.Alert {
	at := time.Date(2026, 1, 31, 12, 0, 0, 123456789, time.UTC)
	one := func(node string, ends time.Time) *alert.Alert {
		return alert.New(model.Alert{
			Labels:      model.LabelSet{"alertname": "NodeDown", "instance": model.LabelValue(node + ":9100"), "severity": "critical"},
			Annotations: model.LabelSet{"summary": "it does not answer", "runbook_url": "https://runbooks.example.com/node"},
			StartsAt:    at, EndsAt: ends, GeneratorURL: "http://prometheus.example.com/graph",
		}, at, false)
	}
	return []*alert.Alert{one("worker-1", time.Time{}), one("worker-2", at.Add(time.Minute))}
}

// The gateway is tried with what Alertmanager really sends.
func TestWhatAlertmanagerSends(t *testing.T) {
	var got []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		if got, err = io.ReadAll(r.Body); err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s as %q, %v", r.Method, r.Header.Get("Content-Type"), err)
		}
	}))
	defer server.Close()
	n, ctx := notifier(t, server.URL)
	if verdict := n.Notify(ctx, pair()...); verdict.Err() != nil {
		t.Fatal(verdict.Err())
	}
	want, err := os.ReadFile(sent)
	if err != nil {
		t.Fatal(err)
	}
	var one, other any
	if json.Unmarshal(got, &one) != nil || json.Unmarshal(want, &other) != nil || !reflect.DeepEqual(one, other) {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, got, "", "  "); err != nil {
			t.Error(err)
		}
		t.Errorf("%s is not what Alertmanager sends:\n%s", sent, pretty.String())
	}
}

// What the gateway's statuses make Alertmanager do.
func TestWhatAlertmanagerSendsAgain(t *testing.T) {
	for status, again := range map[int]bool{200: false, 400: false, 404: false, 413: false, 429: false, 503: true, 504: true} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		n, ctx := notifier(t, server.URL)
		verdict := n.Notify(ctx, pair()...)
		server.Close()
		if verdict.ShouldRetry() != again || (verdict.Err() == nil) != (status == http.StatusOK) {
			t.Errorf("after a %d: %v, again %v, want %v", status, verdict.Err(), verdict.ShouldRetry(), again)
		}
	}
}

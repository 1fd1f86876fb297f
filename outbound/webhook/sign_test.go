package webhook

import (
	"net/http"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/netweave/netweave/core/o2"
)

// TestSignature asks the library of Standard Webhooks.
func TestSignature(t *testing.T) {
	raw := func(s string) *standardwebhooks.Webhook {
		w, err := standardwebhooks.NewWebhookRaw([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	encoded, err := standardwebhooks.NewWebhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		secret o2.Secret
		oracle *standardwebhooks.Webhook
	}{
		"encoded":              {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", encoded},
		"plain":                {"correct horse battery staple", raw("correct horse battery staple")},
		"plain, in base64":     {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", raw("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
		"prefix and no base64": {"whsec_not base64!", raw("whsec_not base64!")},
		"prefix alone":         {"whsec_", raw("whsec_")},
		"one byte":             {"x", raw("x")},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			sign(h, eventID, time.Now(), c.secret, []byte(bodyText))
			if err := c.oracle.Verify([]byte(bodyText), h); err != nil {
				t.Errorf("the library refuses %v: %v", h, err)
			}
			if err := c.oracle.Verify([]byte(bodyText+" "), h); err == nil {
				t.Error("the library takes another body")
			}
		})
	}
}

func TestSignatureIsExact(t *testing.T) {
	h := http.Header{}
	at := time.Unix(1700000000, 999)
	sign(h, eventID, at, "", []byte(bodyText))
	if got, want := h.Get(headerID), string(eventID); got != want {
		t.Errorf("webhook-id is %q, want %q", got, want)
	}
	if got, want := h.Get(headerTimestamp), "1700000000"; got != want {
		t.Errorf("webhook-timestamp is %q, want %q", got, want)
	}
	if got, there := h["Webhook-Signature"]; there {
		t.Errorf("without a secret there is the signature %q", got)
	}
}

package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// The headers of Standard Webhooks.
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
)

// sign sets the headers of Standard Webhooks; the signature only with a secret.
func sign(h http.Header, id o2.ID, at time.Time, secret o2.Secret, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set(headerID, string(id))
	h.Set(headerTimestamp, stamp)
	if secret == "" {
		return
	}
	mac := hmac.New(sha256.New, key(secret))
	mac.Write([]byte(id))
	mac.Write([]byte{'.'})
	mac.Write([]byte(stamp))
	mac.Write([]byte{'.'})
	mac.Write(body)
	h.Set(headerSignature, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// key returns what "whsec_" and base64 stand for; of any other text its bytes.
func key(secret o2.Secret) []byte {
	text := secret.Reveal()
	if encoded, ok := strings.CutPrefix(text, "whsec_"); ok {
		if raw, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(raw) > 0 {
			return raw
		}
	}
	return []byte(text)
}

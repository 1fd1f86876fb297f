package oidc

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/netweave/netweave/ports/identity"
)

const (
	// pause is the least time between two readings of the keys that callers cause.
	pause = 5 * time.Second
	// patience is how long a caller waits for a reading, readTimeout how long that
	// may take.
	patience    = 2 * time.Second
	readTimeout = 10 * time.Second
	// maxError bounds an error in the log, in bytes.
	maxError = 300
	// leastRSA is the least length of an RSA key in bits.
	leastRSA = 2048
)

// keySet keeps the provider's keys. It implements oidc.KeySet.
type keySet struct {
	source     *source
	algorithms []jose.SignatureAlgorithm
	changed    func()
	logger     *slog.Logger
	now        func() time.Time

	ctx    context.Context // of the readings under way
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	known   []jose.JSONWebKey // nil before the first reading; replaced, never changed
	mark    string            // of known, to see what is new
	reading chan struct{}     // closed when the one under way is done; nil for none
	last    time.Time         // when the last one began
	metrics *metrics
}

func newKeySet(c Config, algorithms []jose.SignatureAlgorithm, changed func()) (*keySet, error) {
	m, err := newMetrics(c.Registerer)
	if err != nil {
		return nil, fmt.Errorf("registering the metrics of the identity provider: %w", err)
	}
	k := &keySet{
		source: newSource(c), algorithms: algorithms, changed: changed, logger: c.Logger, now: c.Now, metrics: m,
	}
	k.ctx, k.cancel = context.WithCancel(context.Background())
	return k, nil
}

// VerifySignature returns the payload of a token that one of the keys has signed.
// What it finds goes into the context's finding too.
func (k *keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.verify(ctx, token)
	if found, ok := ctx.Value(findingKey{}).(*finding); ok {
		found.signed, found.err = err == nil, err
	}
	return payload, err
}

func (k *keySet) verify(ctx context.Context, token string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(token, k.algorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, invalid("it is no signed JWT")
	}
	header := jws.Signatures[0].Protected
	keys := k.get()
	payload, tried := signedByOne(jws, header, keys)
	if payload != nil {
		return payload, nil
	}
	if keys == nil || !tried || header.KeyID == "" {
		if newer := k.newer(ctx); newer != nil {
			if payload, tried = signedByOne(jws, header, newer); payload != nil {
				return payload, nil
			}
			keys = newer
		}
	}
	switch {
	case keys == nil:
		return nil, identity.ErrUnavailable
	case !tried:
		return nil, invalid("the identity provider has no such key for its signature")
	default:
		return nil, invalid("its signature is wrong")
	}
}

// signedByOne returns the payload if one of the keys that the header can mean has
// signed it; tried says whether there is any.
func signedByOne(jws *jose.JSONWebSignature, header jose.Header, keys []jose.JSONWebKey) (payload []byte, tried bool) {
	for i := range keys {
		key := &keys[i]
		if header.KeyID != "" && key.KeyID != header.KeyID || !fits(key, header.Algorithm) {
			continue
		}
		tried = true
		if payload, err := jws.Verify(key.Key); err == nil {
			return payload, true
		}
	}
	return nil, tried
}

// fits reports whether a key may have made signatures by an algorithm.
func fits(key *jose.JSONWebKey, algorithm string) bool {
	if key.Algorithm != "" && key.Algorithm != algorithm {
		return false
	}
	family := algorithm[:2] // every algorithm that counts has a longer name
	switch key.Key.(type) {
	case *rsa.PublicKey:
		return family == "RS" || family == "PS"
	case *ecdsa.PublicKey:
		return family == "ES"
	case ed25519.PublicKey:
		return family == "Ed"
	}
	return false
}

func (k *keySet) get() []jose.JSONWebKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.known
}

// newer has the keys read again unless that was just done, waits for a while,
// and returns what is known then.
func (k *keySet) newer(ctx context.Context) []jose.JSONWebKey {
	done := k.read(pause)
	if done == nil {
		return k.get()
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-done:
	case <-wait.C:
	case <-ctx.Done():
	}
	return k.get()
}

// read begins a reading, or joins the one under way, and returns what is closed
// at its end: nil if the last one began less than since ago.
func (k *keySet) read(since time.Duration) <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	switch {
	case k.reading != nil:
		return k.reading
	case k.ctx.Err() != nil || !k.last.IsZero() && now.Sub(k.last) < since:
		return nil
	}
	k.last, k.reading = now, make(chan struct{})
	done := k.reading
	k.wg.Go(func() { k.fetch(done) })
	return done
}

func (k *keySet) fetch(done chan struct{}) {
	ctx, cancel := context.WithTimeout(k.ctx, readTimeout)
	defer cancel()
	keys, err := k.source.read(ctx)
	fresh := false
	k.mu.Lock()
	if err == nil {
		if mark := fingerprint(keys); k.known == nil || mark != k.mark {
			k.known, k.mark, fresh = keys, mark, true
		}
	}
	k.reading = nil
	k.mu.Unlock()
	if fresh {
		k.changed() // before anyone goes on with the new keys
	}
	k.metrics.read(err, k.now())
	if err != nil && k.ctx.Err() == nil {
		k.logger.Warn("the identity provider's keys cannot be read: tokens of keys that are known go on counting", "error", brief(err))
	}
	close(done)
}

// brief shortens an error: the library quotes the provider's whole answer.
func brief(err error) string {
	text := err.Error()
	if len(text) > maxError {
		text = strings.ToValidUTF8(text[:maxError], "") + "..."
	}
	return text
}

// fingerprint is the same for the same keys.
func fingerprint(keys []jose.JSONWebKey) string {
	var b strings.Builder
	for i := range keys {
		sum, err := keys[i].Thumbprint(crypto.SHA256)
		fmt.Fprintf(&b, "%q %q %x %v\n", keys[i].KeyID, keys[i].Algorithm, sum, err)
	}
	return b.String()
}

// run reads the keys every so often, sooner while none are known.
func (k *keySet) run(ctx context.Context, every time.Duration) {
	for wait := time.Second; ; {
		if done := k.read(0); done != nil {
			select {
			case <-done:
			case <-ctx.Done():
				return
			}
		}
		next := every
		if k.get() == nil {
			next = min(wait, every)
			wait = min(2*wait, time.Minute)
		}
		timer := time.NewTimer(next)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

func (k *keySet) close() {
	k.mu.Lock()
	k.cancel()
	k.mu.Unlock()
	k.wg.Wait()
	k.source.client.CloseIdleConnections()
}

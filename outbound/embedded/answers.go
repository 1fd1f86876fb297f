package embedded

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/netweave/netweave/ports/idempotency"
	"github.com/netweave/netweave/ports/store"
)

// answers remembers answers in the file.
type answers struct{ s *Store }

var _ idempotency.Store = (*answers)(nil)

// answerRecord is a reservation, or an answer. Its names stay as they are; new
// ones are optional.
type answerRecord struct {
	Fingerprint string              `json:"fingerprint"`
	Until       time.Time           `json:"until"`
	Reservation store.Token         `json:"reservation,omitempty"`
	Answered    bool                `json:"answered,omitempty"`
	Status      int                 `json:"status,omitempty"`
	Header      map[string][]string `json:"header,omitempty"`
	Body        []byte              `json:"body,omitempty"`
}

// sweepEach is how many records whose time is over go with each new one.
const sweepEach = 16

// answerKey is a digest: what clients send may be long, and is nobody's to read.
func answerKey(k idempotency.Key) []byte {
	var b []byte
	for _, part := range []string{k.Tenant, k.User, k.Route, k.Key} {
		b = appendText(b, part)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// readAnswer returns the record of a key, nil if there is none or its time is over.
func (c *change) readAnswer(key []byte) (*answerRecord, error) {
	raw := c.tx.Bucket(answersBucket).Get(key)
	if raw == nil {
		return nil, nil
	}
	var r answerRecord
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("a stored answer cannot be read: %w", err)
	}
	if !r.Until.After(time.Now()) {
		return nil, nil
	}
	return &r, nil
}

// writeAnswer replaces the record of a key; nil removes it.
func (c *change) writeAnswer(key []byte, r *answerRecord) {
	c.forgetAnswer(key)
	if r == nil {
		return
	}
	raw, err := json.Marshal(r)
	c.note(err)
	c.put(c.tx.Bucket(answersBucket), key, raw)
	c.put(c.tx.Bucket(expiryBucket), expiryKey(r.Until, key), []byte{})
}

func (c *change) forgetAnswer(key []byte) {
	raw := c.tx.Bucket(answersBucket).Get(key)
	if raw == nil {
		return
	}
	var r answerRecord
	c.note(json.Unmarshal(raw, &r))
	c.remove(c.tx.Bucket(expiryBucket), expiryKey(r.Until, key))
	c.remove(c.tx.Bucket(answersBucket), key)
}

func expiryKey(until time.Time, key []byte) []byte {
	return append(numberKey(uint64(until.UnixNano())), key...)
}

// sweep forgets some of those whose time is over.
func (c *change) sweep() {
	now := numberKey(uint64(time.Now().UnixNano()))
	var over [][]byte
	cursor := c.tx.Bucket(expiryBucket).Cursor()
	for key, _ := cursor.First(); key != nil && bytes.Compare(key, now) < 0 && len(over) < sweepEach; key, _ = cursor.Next() {
		over = append(over, bytes.Clone(key[len(now):]))
	}
	for _, key := range over {
		c.forgetAnswer(key)
	}
}

// Begin is as in idempotency.Store.
func (a *answers) Begin(ctx context.Context, k idempotency.Key, fingerprint string, hold time.Duration) (*idempotency.Answer, store.Token, error) {
	var answer *idempotency.Answer
	var reservation store.Token
	err := a.s.write(ctx, "reserving an idempotency key", func(c *change) error {
		key := answerKey(k)
		r, err := c.readAnswer(key)
		switch {
		case err != nil:
			return err
		case r == nil:
			c.sweep()
			reservation = newToken()
			c.writeAnswer(key, &answerRecord{Fingerprint: fingerprint, Until: time.Now().Add(hold), Reservation: reservation})
		case r.Fingerprint != fingerprint:
			return idempotency.ErrMismatch
		case !r.Answered:
			return idempotency.ErrInProgress
		default:
			answer = &idempotency.Answer{Status: r.Status, Header: r.Header, Body: r.Body}
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	return answer, reservation, nil
}

// reserved returns the record that a reservation is of.
func (c *change) reserved(key []byte, reservation store.Token) (*answerRecord, error) {
	r, err := c.readAnswer(key)
	if err != nil {
		return nil, err
	}
	if r == nil || r.Answered || r.Reservation != reservation {
		return nil, store.ErrFenced
	}
	return r, nil
}

// Complete is as in idempotency.Store.
func (a *answers) Complete(ctx context.Context, k idempotency.Key, reservation store.Token, answer idempotency.Answer, keep time.Duration) error {
	return a.s.write(ctx, "keeping an answer", func(c *change) error {
		key := answerKey(k)
		r, err := c.reserved(key, reservation)
		if err != nil {
			return err
		}
		c.writeAnswer(key, &answerRecord{
			Fingerprint: r.Fingerprint, Until: time.Now().Add(keep), Answered: true,
			Status: answer.Status, Header: answer.Header, Body: answer.Body,
		})
		return nil
	})
}

// Abandon is as in idempotency.Store.
func (a *answers) Abandon(ctx context.Context, k idempotency.Key, reservation store.Token) error {
	return a.s.write(ctx, "giving an idempotency key up", func(c *change) error {
		key := answerKey(k)
		_, err := c.reserved(key, reservation)
		if err == nil {
			c.writeAnswer(key, nil)
		}
		if errors.Is(err, store.ErrFenced) {
			return nil // it is given up already
		}
		return err
	})
}

package redis

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/netweave/netweave/ports/idempotency"
	"github.com/netweave/netweave/ports/store"
)

// answers remembers answers, each under a key of its own that passes by itself.
type answers struct{ *Store }

var _ idempotency.Store = (*answers)(nil)

// answerName is a key's name: what the client sent may be long, or a secret.
func answerName(k idempotency.Key) string {
	var b []byte
	for _, part := range []string{k.Tenant, k.User, k.Route, k.Key} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Begin is as in idempotency.Store.
func (a *answers) Begin(ctx context.Context, k idempotency.Key, fingerprint string, hold time.Duration) (*idempotency.Answer, store.Token, error) {
	const doing = "reserving an idempotency key"
	got, err := a.run(ctx, "begin", doing, answerName(k), fingerprint, hold.Milliseconds(), random())
	if err != nil {
		return nil, "", err
	}
	fields := list(got)
	switch {
	case len(fields) == 1 && text(fields[0]) == "mismatch":
		return nil, "", idempotency.ErrMismatch
	case len(fields) == 1 && text(fields[0]) == "busy":
		return nil, "", idempotency.ErrInProgress
	case len(fields) == 2 && text(fields[0]) == "reserved":
		return nil, store.Token(text(fields[1])), nil
	case len(fields) != 4:
		return nil, "", odd(doing, got)
	}
	answer := &idempotency.Answer{}
	if answer.Status, err = strconv.Atoi(text(fields[1])); err != nil {
		return nil, "", odd(doing, got)
	}
	if err := json.Unmarshal([]byte(text(fields[2])), &answer.Header); err != nil {
		return nil, "", fmt.Errorf("%s: the stored answer cannot be read: %w", doing, err)
	}
	if body := text(fields[3]); body != "" {
		answer.Body = []byte(body)
	}
	return answer, "", nil
}

// Complete is as in idempotency.Store.
func (a *answers) Complete(ctx context.Context, k idempotency.Key, reservation store.Token, answer idempotency.Answer, keep time.Duration) error {
	const doing = "keeping an answer"
	header, err := json.Marshal(answer.Header)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	_, err = a.run(ctx, "complete", doing,
		answerName(k), string(reservation), keep.Milliseconds(), answer.Status, header, answer.Body)
	return err
}

// Abandon is as in idempotency.Store.
func (a *answers) Abandon(ctx context.Context, k idempotency.Key, reservation store.Token) error {
	_, err := a.run(ctx, "abandon", "giving up an idempotency key", answerName(k), string(reservation))
	return err
}

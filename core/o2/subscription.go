package o2

import (
	"encoding/json"
	"fmt"
	"time"
)

// Subscription is a consumer's wish to hear of changes (O2-IMS Subscription).
// It is never changed once stored; a change is a new one with the next Version.
type Subscription struct {
	// ID is a random UUID.
	ID ID
	// Tenant owns it, "" if Platform is set and it is nobody's in particular.
	Tenant   string
	Platform bool
	// Reaches say whose objects it hears of: those that its maker could read when
	// it was made, or changed last.
	Reaches Reaches
	// Owner is the user who made it, "" if anonymous.
	Owner string
	// Surface names the API family that it was made under, which reads its filter
	// and encodes its notifications; for example "o2ims/v1".
	Surface string
	// Callback is the URL that notifications are POSTed to.
	Callback               string
	ConsumerSubscriptionID string
	// Filter is in the surface's language, in canonical form; "" selects all.
	Filter string
	// Secret signs notifications; "" for none.
	Secret Secret
	// InitialState asks for a CREATE for every object that the filter selects at
	// the time of subscribing.
	InitialState bool
	// Version is 1 at first and one more with every change.
	Version uint64
	// CreatedAt and UpdatedAt are in UTC, in milliseconds.
	CreatedAt, UpdatedAt time.Time
}

// Sees reports whether the subscription may hear of an object of that kind that
// owner owns.
func (s *Subscription) Sees(kind Kind, owner string) bool {
	return s.Reaches.Over(s.Platform)[kind].Covers(s.Tenant, owner)
}

// Likeness is a text that two subscriptions share if one is the duplicate of the
// other: the same tenant, surface, callback, consumerSubscriptionId and filter.
func (s *Subscription) Likeness() string {
	buf := appendText(nil, s.Tenant)
	if s.Platform {
		buf = append(buf, 1)
	}
	for _, text := range []string{s.Surface, s.Callback, s.ConsumerSubscriptionID, s.Filter} {
		buf = appendText(buf, text)
	}
	return digest(buf).String()
}

// subscriptionRecord is a subscription as stores keep it. Its names stay as they
// are; new ones are optional.
type subscriptionRecord struct {
	ID                     ID        `json:"id"`
	Tenant                 string    `json:"tenant,omitempty"`
	Platform               bool      `json:"platform,omitempty"`
	Reaches                []byte    `json:"reaches,omitempty"`
	Owner                  string    `json:"owner,omitempty"`
	Surface                string    `json:"surface"`
	Callback               string    `json:"callback"`
	ConsumerSubscriptionID string    `json:"consumerSubscriptionId,omitempty"`
	Filter                 string    `json:"filter,omitempty"`
	Secret                 string    `json:"secret,omitempty"`
	InitialState           bool      `json:"initialState,omitempty"`
	Version                uint64    `json:"version"`
	CreatedAt              time.Time `json:"createdAt"`
	UpdatedAt              time.Time `json:"updatedAt"`
}

// EncodeSubscription returns s as stores keep it, the secret included.
func EncodeSubscription(s *Subscription) ([]byte, error) {
	r := subscriptionRecord{
		ID: s.ID, Tenant: s.Tenant, Platform: s.Platform, Reaches: s.Reaches.Bytes(), Owner: s.Owner, Surface: s.Surface, Callback: s.Callback,
		ConsumerSubscriptionID: s.ConsumerSubscriptionID, Filter: s.Filter, Secret: s.Secret.Reveal(),
		InitialState: s.InitialState, Version: s.Version, CreatedAt: s.CreatedAt.UTC(), UpdatedAt: s.UpdatedAt.UTC(),
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding subscription %s: %w", s.ID, err)
	}
	return raw, nil
}

// DecodeSubscription reads what EncodeSubscription wrote.
func DecodeSubscription(raw []byte) (*Subscription, error) {
	var r subscriptionRecord
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("a stored subscription cannot be read: %w", err)
	}
	id, ok := ParseID(string(r.ID))
	if !ok || r.Version == 0 {
		return nil, fmt.Errorf("a stored subscription cannot be read: its id is %q, its version %d", r.ID, r.Version)
	}
	return &Subscription{
		ID: id, Tenant: r.Tenant, Platform: r.Platform, Reaches: ReachesOf(r.Reaches), Owner: r.Owner, Surface: r.Surface, Callback: r.Callback,
		ConsumerSubscriptionID: r.ConsumerSubscriptionID, Filter: r.Filter, Secret: Secret(r.Secret),
		InitialState: r.InitialState, Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}, nil
}

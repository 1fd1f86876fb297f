package smo

import (
	"math/rand/v2"
	"time"
)

// Mood is how a receiver treats one notification.
type Mood int

// The moods. What is refused is not taken in; what is LostAnswer or SlowAnswer
// is, without the sender's hearing of it.
const (
	// Willing takes it and says so.
	Willing Mood = iota
	// Failing answers 500.
	Failing
	// Busy answers 429 with a Retry-After of one second.
	Busy
	// Resetting resets the connection.
	Resetting
	// Hanging never answers.
	Hanging
	// LosesAnswer takes it and resets the connection.
	LosesAnswer
	// AnswersFalsely takes it and answers 500.
	AnswersFalsely
	// HangsAfter takes it and never answers.
	HangsAfter
	// Slow takes it, and says so after a while.
	Slow
)

// slowness is how long Slow takes.
const slowness = 100 * time.Millisecond

var moodNames = [...]string{
	Willing: "taken", Failing: "500", Busy: "429", Resetting: "reset", Hanging: "hang",
	LosesAnswer: "taken, reset", AnswersFalsely: "taken, 500", HangsAfter: "taken, hang",
	Slow: "taken, slowly",
}

// String returns what the mood does, for histories.
func (m Mood) String() string { return moodNames[m] }

// takes reports whether a notification is taken in.
func (m Mood) takes() bool {
	return m == Willing || m == LosesAnswer || m == AnswersFalsely || m == HangsAfter || m == Slow
}

// Always returns a temper of one mood.
func Always(m Mood) func() Mood { return func() Mood { return m } }

// Moody returns a temper that is Willing but for a share of the notifications,
// drawn from seed. It may be called by one goroutine at a time, as Receivers do.
func Moody(seed uint64, share float64) func() Mood {
	random := rand.New(rand.NewPCG(seed, 1))
	// Hanging costs the sender its whole time-out: it comes less often.
	bad := []Mood{Failing, Failing, Busy, Resetting, Resetting, LosesAnswer, LosesAnswer, AnswersFalsely, AnswersFalsely, Slow, Slow, Hanging, HangsAfter}
	return func() Mood {
		if random.Float64() >= share {
			return Willing
		}
		return bad[random.IntN(len(bad))]
	}
}

// Received is one notification as it arrived.
type Received struct {
	At           time.Time
	From         string
	Notification *Notification
	Mood         Mood
	Repeated     bool
}

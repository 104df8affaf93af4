package track

import (
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// Fix is one position of one person, as the device gave it.
type Fix struct {
	Person    int64     `json:"person_id"`
	At        time.Time `json:"at"`       // the device's time, UTC, to the millisecond
	Position  orb.Point `json:"position"` // WGS-84
	AccuracyM *float32  `json:"accuracy_m,omitempty"`
	SpeedKmh  *float32  `json:"speed_kmh,omitempty"`
	CourseDeg *float32  `json:"course_deg,omitempty"` // 0 ≤ course < 360, from north
	Source    string    `json:"source"`               // "osmand", "app", "demo", …
}

// Receipt says what became of a batch of fixes.
type Receipt struct {
	Stored    int `json:"stored"`     // durable; replays of known fixes included
	OffDuty   int `json:"off_duty"`   // discarded: their person was off duty
	NoConsent int `json:"no_consent"` // discarded: their person did not agree to it
}

// Position is where a person was last, and how long ago.
type Position struct {
	Fix
	Age    time.Duration `json:"-"`
	Fresh  bool          `json:"fresh"` // younger than the limit
	OnDuty bool          `json:"on_duty"`
}

// Duty is a stretch of work; Off is nil while it lasts.
type Duty struct {
	Person int64      `json:"person_id"`
	On     time.Time  `json:"on_at"`
	Off    *time.Time `json:"off_at"`

	// Where the person was at the punch, when the device knew.
	OnPosition   *orb.Point `json:"on_position,omitempty"`
	OnAccuracyM  *float32   `json:"on_accuracy_m,omitempty"`
	OffPosition  *orb.Point `json:"off_position,omitempty"`
	OffAccuracyM *float32   `json:"off_accuracy_m,omitempty"`
}

// Punch opens or closes a duty.
type Punch struct {
	Person    int64
	On        bool
	At        time.Time  // zero: now; an offline phone sends the past
	Position  *orb.Point // nil: the device did not know
	AccuracyM *float32
}

// Track is the way of one person in a stretch of time, in the order of the
// device's time.
type Track struct {
	Person   int64
	From, To time.Time
	Fixes    []Fix
	Length   geo.Meters // along the fixes as they are
}

// Consent says whether a person agreed to being located while on duty.
type Consent struct {
	Person  int64
	Version int        // of the words; 0: never asked
	Given   bool       // and still good: agreed to the present words, not withdrawn
	At      *time.Time // of the last decision
}

// ConsentVersion is the version of the words that people agree to now. Whoever
// agreed to older ones is asked again, and is not located until then.
const ConsentVersion = 1

// Changed is told on topic "duty" when a person's duty or consent changed.
type Changed struct {
	Person  int64 `json:"person_id"`
	Located bool  `json:"located"` // on duty and agreed
	Gone    bool  `json:"gone"`    // took the consent back, or was erased
}

// FreshFor is how long a fix counts as "now".
const FreshFor = 10 * time.Minute

// MaxBatch bounds one call of Record, MaxTrack the fixes of one answer.
const (
	MaxBatch = 5000
	MaxTrack = 100_000
)

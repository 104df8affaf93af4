package network

import (
	"embed"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"beatplan/geo/osm"
)

//go:embed profiles/*.yaml
var profiles embed.FS

// Profile is what a vehicle may use and how fast, as a table of tags.
type Profile struct {
	Name            string                        `yaml:"name"`
	AccessKeys      []string                      `yaml:"access_keys"`
	OnewayKeys      []string                      `yaml:"oneway_keys"`
	RestrictionKeys []string                      `yaml:"restriction_keys"`
	Exceptions      []string                      `yaml:"exceptions"`
	Refused         []string                      `yaml:"refused"`
	DestinationOnly []string                      `yaml:"destination_only"`
	Classes         map[string]float64            `yaml:"classes"` // km/h
	Avoid           map[string][]string           `yaml:"avoid"`
	ImpliedOneway   map[string][]string           `yaml:"implied_oneway"`
	LimitShare      float64                       `yaml:"limit_share"`    // 0: limits mean nothing
	TopSpeed        float64                       `yaml:"top_speed"`      // km/h, 0: none
	Limits          map[string]float64            `yaml:"limits"`         // km/h
	CountryLimits   map[string]map[string]float64 `yaml:"country_limits"` // km/h, by country
	LawOfClass      map[string]string             `yaml:"law_of_class"`   // where a road says nothing
	LimitKeys       []string                      `yaml:"limit_keys"`     // where no maxspeed is posted
	Bounds          map[string]map[string]float64 `yaml:"bounds"`         // km/h
	Ferries         map[string]float64            `yaml:"ferries"`
	OpenBarriers    []string                      `yaml:"open_barriers"`
	TurnPenalty     float64                       `yaml:"turn_penalty"` // s
	TurnBias        float64                       `yaml:"turn_bias"`
	UTurnPenalty    float64                       `yaml:"u_turn_penalty"` // s
	SignalPenalty   float64                       `yaml:"signal_penalty"` // s
	Country         string                        `yaml:"country"`        // ISO 3166-1, "": of the extract
	DrivingSide     string                        `yaml:"driving_side"`   // left or right, "": of the country
}

// Car returns the profile of a passenger car.
func Car() (*Profile, error) { return BuiltIn("car") }

// BuiltIn returns a profile that comes with the program: car, motorcycle,
// bicycle or foot.
func BuiltIn(name string) (*Profile, error) {
	text, err := profiles.ReadFile("profiles/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("profile %q: %w", name, err)
	}
	return ParseProfile(text)
}

// ReadProfile returns a profile by its name, or reads one of the user's own when the
// name ends in .yaml: the file that docs/roads.md describes.
func ReadProfile(nameOrFile string) (*Profile, error) {
	if !OwnProfile(nameOrFile) {
		return BuiltIn(nameOrFile)
	}
	text, err := os.ReadFile(nameOrFile)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	p, err := ParseProfile(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nameOrFile, err)
	}
	if _, err := BuiltIn(p.Name); err == nil {
		return nil, fmt.Errorf("%s: profile %s comes with the program: give yours another name",
			nameOrFile, p.Name)
	}
	return p, nil
}

// OwnProfile reports whether a profile is a file of the user's.
func OwnProfile(nameOrFile string) bool { return strings.HasSuffix(nameOrFile, ".yaml") }

// ParseProfile reads a profile and checks that it can be used.
func ParseProfile(text []byte) (*Profile, error) {
	p := &Profile{}
	if err := yaml.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	switch {
	case p.Name == "":
		return nil, errors.New("profile: it has no name")
	case len(p.Name) > 32 || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "":
		return nil, fmt.Errorf("profile: a name is up to 32 of a-z, 0-9, - and _: %q", p.Name)
	case len(p.Classes) == 0:
		return nil, fmt.Errorf("profile %s: no class of highway has a speed", p.Name)
	case p.Country != "" && !ValidCountry(p.Country):
		return nil, fmt.Errorf("profile %s: country is a code such as GB: %q", p.Name, p.Country)
	case p.DrivingSide != "" && p.DrivingSide != "left" && p.DrivingSide != "right":
		return nil, fmt.Errorf("profile %s: driving_side is left or right: %q", p.Name, p.DrivingSide)
	case p.LimitShare < 0 || p.LimitShare > 1.5 || p.TopSpeed < 0:
		return nil, fmt.Errorf("profile %s: limit_share %v or top_speed %v is out of range",
			p.Name, p.LimitShare, p.TopSpeed)
	case p.TurnBias <= 0 || p.TurnPenalty < 0 || p.UTurnPenalty < 0 || p.SignalPenalty < 0:
		return nil, fmt.Errorf("profile %s: penalties must not be negative", p.Name)
	}
	for class, kmh := range p.Classes {
		if kmh < 1 || kmh > 300 {
			return nil, fmt.Errorf("profile %s: %v km/h for %s", p.Name, kmh, class)
		}
	}
	return p, nil
}

// road is what the profile makes of a way. Speeds are tenths of km/h, 0 where
// the direction is forbidden.
type road struct {
	fwd, bwd   int
	private    bool
	roundabout bool
	ferry      bool
	duration   time.Duration // of a ferry that says so, end to end
}

// Interesting is the cheap first look: false for ways that the profile cannot want.
func (p *Profile) Interesting(w *osm.Way) bool {
	if len(w.Nodes) < 2 {
		return false
	}
	if _, ok := p.Classes[w.Tags.Find("highway")]; ok {
		return true
	}
	_, ferry := p.Ferries[w.Tags.Find("route")]
	return ferry
}

// road judges a way. The second result is "" or why the way is left out.
func (p *Profile) road(t osm.Tags) (road, string) {
	for key, values := range p.Avoid {
		if slices.Contains(values, t.Find(key)) {
			return road{}, key + "=" + t.Find(key)
		}
	}
	var r road
	switch access := first(t, p.AccessKeys); {
	case slices.Contains(p.Refused, access):
		return road{}, "access refused"
	case slices.Contains(p.DestinationOnly, access):
		r.private = true
	}
	base, ok := p.Classes[t.Find("highway")]
	if !ok {
		if base, ok = p.Ferries[t.Find("route")]; !ok {
			return road{}, "class not used"
		}
		r.ferry = true
		r.duration = ferryDuration(t.Find("duration"))
	}
	junction := t.Find("junction")
	r.roundabout = junction == "roundabout" || junction == "circular"
	fwd, bwd := p.speed(t, base, "maxspeed:forward"), p.speed(t, base, "maxspeed:backward")
	if fwd == 0 && bwd == 0 {
		return road{}, "impassable"
	}
	switch p.oneway(t) {
	case 1:
		bwd = 0
	case -1:
		fwd = 0
	}
	r.fwd, r.bwd = fwd, bwd
	return r, ""
}

// first returns the value of the first key that is present, up to a semicolon.
func first(t osm.Tags, keys []string) string {
	for _, k := range keys {
		if v := t.Find(k); v != "" {
			v, _, _ = strings.Cut(v, ";")
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// oneway is 1 along the way, -1 against it, 0 both.
func (p *Profile) oneway(t osm.Tags) int {
	switch first(t, p.OnewayKeys) {
	case "yes", "true", "1":
		return 1
	case "-1", "reverse":
		return -1
	case "no", "false", "0":
		return 0
	}
	for key, values := range p.ImpliedOneway {
		if slices.Contains(values, t.Find(key)) {
			return 1
		}
	}
	return 0
}

// speed is the driven speed in tenths of km/h, rounded to the nearest.
func (p *Profile) speed(t osm.Tags, base float64, key string) int {
	kmh := base
	posted := p.limit(t.Find(key))
	if posted == 0 {
		posted = p.limit(t.Find("maxspeed"))
	}
	for i := 0; posted == 0 && i < len(p.LimitKeys); i++ {
		if v := t.Find(p.LimitKeys[i]); strings.Contains(v, ":") {
			posted = p.limit(v)
		}
	}
	if posted > 0 && p.LimitShare > 0 {
		kmh = posted * p.LimitShare
	}
	if p.TopSpeed > 0 {
		kmh = min(kmh, p.TopSpeed)
	}
	for key, table := range p.Bounds {
		if v := t.Find(key); v != "" {
			if bound, ok := table[v]; ok {
				kmh = min(kmh, bound)
			}
		}
	}
	if tenths := int(math.Round(kmh * 10)); tenths >= 10 {
		return tenths
	}
	return 0
}

// limit reads a posted limit in km/h, 0 when there is none or it is no number:
// "50", "30 mph", "12 knots", "none"; "DE:urban" is what the law of a country says,
// "DE:30", "DE:zone30" and "DE:zone:30" a zone, and a word alone the law of the country
// that the road lies in.
func (p *Profile) limit(v string) float64 {
	v, _, _ = strings.Cut(v, ";")
	v = strings.TrimSpace(v)
	if v == "" {
		return 0
	}
	if country, zone, ok := strings.Cut(v, ":"); ok {
		zone = strings.TrimPrefix(strings.TrimPrefix(zone, "zone"), ":")
		if kmh, ok := p.CountryLimits[strings.ToUpper(country)][zone]; ok {
			return kmh
		}
		v = zone
	}
	if kmh, ok := p.CountryLimits[p.Country][v]; ok {
		return kmh
	}
	if kmh, ok := p.Limits[v]; ok {
		return kmh
	}
	digits := 0
	for digits < len(v) && (v[digits] >= '0' && v[digits] <= '9' || v[digits] == '.') {
		digits++
	}
	n, err := strconv.ParseFloat(v[:digits], 64)
	if err != nil || n <= 0 || n > 400 {
		return 0
	}
	switch unit := strings.TrimSpace(v[digits:]); unit {
	case "", "km/h", "kmh", "kph":
		return n
	case "mph":
		return n * 1.609344
	case "knots":
		return n * 1.852
	default:
		return 0
	}
}

// ferryDuration reads "MM", "HH:MM" or "HH:MM:SS"; 0 when it cannot.
func ferryDuration(v string) time.Duration {
	if v == "" {
		return 0
	}
	var n []int
	for _, part := range strings.Split(v, ":") {
		i, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || i < 0 || i > 100_000 {
			return 0
		}
		n = append(n, i)
	}
	switch len(n) {
	case 1:
		return time.Duration(n[0]) * time.Minute
	case 2:
		return time.Duration(n[0])*time.Hour + time.Duration(n[1])*time.Minute
	case 3:
		return time.Duration(n[0])*time.Hour + time.Duration(n[1])*time.Minute +
			time.Duration(n[2])*time.Second
	}
	return 0
}

// blocks reports whether a car cannot pass the node. An explicit access value
// outweighs the kind of barrier.
func (p *Profile) blocks(t osm.Tags) bool {
	if access := first(t, p.AccessKeys); access != "" {
		return slices.Contains(p.Refused, access)
	}
	barrier := t.Find("barrier")
	if barrier == "" || slices.Contains(p.OpenBarriers, barrier) {
		return false
	}
	kerb := t.Find("kerb")
	return t.Find("bollard") != "rising" && kerb != "lowered" && kerb != "flush" &&
		(barrier != "kerb" || t.Find("highway") != "crossing")
}

// signals reports whether the node is a traffic signal.
func signals(t osm.Tags) bool { return t.Find("highway") == "traffic_signals" }

// turnTable gives the milliseconds of a turn by its angle in whole degrees, at
// index angle+180; right turns are positive. The curve is OSRM's: a turn across the
// oncoming traffic, to the left where one drives on the right, costs more.
func (p *Profile) turnTable() [361]uint32 {
	var table [361]uint32
	for angle := -180; angle <= 180; angle++ {
		steep, shift := 13/p.TurnBias, 6.5*p.TurnBias
		if (angle < 0) != p.Left() {
			steep, shift = 13*p.TurnBias, 6.5/p.TurnBias
		}
		a := math.Abs(float64(angle)) / 180
		seconds := p.TurnPenalty / (1 + math.Exp(-(steep*a - shift)))
		table[angle+180] = uint32(math.Round(seconds * 1000))
	}
	return table
}

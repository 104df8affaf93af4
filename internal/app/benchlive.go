package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/geo/geodesic"
	"beatplan/geo/track"
	"beatplan/geo/track/ride"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// The sizes of the bench of positions. They do not change with quick.
const (
	benchFleet  = 20_000
	benchPoints = 1_000_000
	benchSender = 8    // devices that send at once
	benchDayFix = 2500 // fixes of a person's day
	benchDays   = 500  // days of people that are stored

	pacedNearest = 20_000 // requests a second
)

// benchSizes are the bytes of chunks and of lines, indexes included, and how many fixes
// they hold.
const benchSizes = `
select (select sum(pg_total_relation_size(inhrelid)) from pg_inherits
		where inhparent = 'track.chunk'::regclass),
	(select sum(pg_total_relation_size(inhrelid)) from pg_inherits
		where inhparent = 'track.line'::regclass),
	(select sum(fixes) from track.chunk)`

// vacuums is how often the tables are packed before they are measured: rows that a
// transaction in the background may still see stay, and are gone the next time.
const vacuums = 3

// benchDuties puts the fleet on duty, agreed, for a long time.
const benchDuties = `
insert into track.consent (person_id, at, version, given)
select i, now() - interval '100 days', %[2]d, true from generate_series(100001, 100000 + %[1]d) i;
insert into track.duty (person_id, on_at)
select i, now() - interval '90 days' from generate_series(100001, 100000 + %[1]d) i;`

// LiveOptions say what the bench of positions measures.
type LiveOptions struct {
	Extract string   // OpenStreetMap file for the roads of the dispatch
	Quick   bool     // ask fewer times at the same size
	Only    []string // parts: see the bench; all when empty
}

// BenchLive measures positions on a private database in a temporary folder, and
// writes a figure a line as "name value unit".
func BenchLive(ctx context.Context, o LiveOptions, out io.Writer) error {
	a, end, err := benchOpen(ctx, func(*Options) {})
	if err != nil {
		return err
	}
	defer end()
	b := &liveBench{App: a, quick: o.Quick, out: out, rng: rand.New(rand.NewPCG(1, 8))}
	if b.load, err = a.listenForLoad(ctx); err != nil {
		return err
	}
	defer b.load.close()
	if err := b.fleet(ctx); err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"nearest", b.nearest}, {"million", b.million}, {"moving", b.moving}, {"http", b.http},
		{"sending", b.sending}, {"storage", b.storage}, {"stays", b.stays}, {"fences", b.fences},
		{"dispatch", func(ctx context.Context) error { return b.dispatch(ctx, o.Extract) }},
		{"kill", func(ctx context.Context) error { return BenchKill(ctx, kills(o.Quick), out) }},
	} {
		if len(o.Only) > 0 && !slices.Contains(o.Only, part.name) {
			continue
		}
		if err := part.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

type liveBench struct {
	*App
	quick bool
	out   io.Writer
	rng   *rand.Rand
	load  *load
}

func (b *liveBench) say(name string, value float64, unit string) {
	fmt.Fprintf(b.out, "%s %.4g %s\n", name, value, unit)
}

// times is n, or a fifth of it when the bench is quick.
func (b *liveBench) times(n int) int {
	if b.quick {
		return n / 5
	}
	return n
}

// place is somewhere in the state of Delaware, more often in a town.
func (b *liveBench) place() orb.Point {
	if b.rng.IntN(3) > 0 {
		return orb.Point{-75.55 + b.rng.NormFloat64()*0.05, 39.72 + b.rng.NormFloat64()*0.04}
	}
	return orb.Point{-75.75 + b.rng.Float64()*0.55, 38.5 + b.rng.Float64()*1.2}
}

// fleet puts everybody on duty and somewhere, through the recorder and the stream.
func (b *liveBench) fleet(ctx context.Context) error {
	fill := fmt.Sprintf(benchDuties, benchFleet, track.ConsentVersion)
	if _, err := b.DB.Exec(ctx, fill); err != nil {
		return fmt.Errorf("fill the fleet: %w", err)
	}
	if err := b.Start(ctx); err != nil {
		return err
	}
	now := b.Clock.Now()
	var fixes []track.Fix
	for i := range benchFleet {
		fixes = append(fixes, track.Fix{Person: int64(100_001 + i), At: now, Position: b.place(),
			Source: "bench"})
	}
	for some := range slices.Chunk(fixes, track.MaxBatch) {
		if _, err := b.Track.Record(ctx, some); err != nil {
			return err
		}
	}
	for {
		all, err := b.Live.Positions(ctx, scope.Everything())
		if err != nil || len(all) == benchFleet {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// http asks who is near over sixteen connections.
func (b *liveBench) http(ctx context.Context) error {
	h := b.load
	paths := make([]string, 1000)
	for i := range paths {
		p := b.place()
		paths[i] = fmt.Sprintf("/v1/nearest-positions?lon=%.5f&lat=%.5f&limit=10", p[0], p[1])
	}
	r, err := h.during(ctx, paths, time.Duration(b.times(10))*time.Second)
	if err != nil {
		return err
	}
	b.say("live_http_nearest_per_s", r.perSecond(), "requests/s")
	b.say("live_http_nearest_p99_ms", ms(r.p99), "ms")
	if r, err = h.paced(ctx, paths, pacedNearest, time.Duration(b.times(10))*time.Second); err != nil {
		return err
	}
	b.say("live_http_nearest_paced_per_s", r.perSecond(), "requests/s")
	b.say("live_http_nearest_paced_p99_ms", ms(r.p99), "ms")
	return nil
}

// sending has devices send batches over HTTP, and waits until PostGIS has them.
func (b *liveBench) sending(ctx context.Context) error {
	h := b.load
	bodies, tokens, err := b.senders(ctx)
	if err != nil {
		return err
	}
	before, err := b.stored(ctx)
	if err != nil {
		return err
	}
	var sent atomic.Int64
	var failed atomic.Value
	var all sync.WaitGroup
	begin := time.Now()
	for i, token := range tokens {
		all.Go(func() {
			for _, body := range bodies[i] {
				if err := post(ctx, "http://"+h.address+"/v1/fixes", token, body); err != nil {
					failed.Store(err)
					return
				}
				sent.Add(track.MaxBatch)
			}
		})
	}
	all.Wait()
	if err, ok := failed.Load().(error); ok {
		return err
	}
	acknowledged := time.Since(begin)
	if err := b.settle(ctx); err != nil {
		return err
	}
	took := time.Since(begin)
	after, err := b.stored(ctx)
	if err != nil {
		return err
	}
	if after-before != sent.Load() { // an acknowledgement may also mean "not wanted"
		return fmt.Errorf("%d fixes were sent and %d stored", sent.Load(), after-before)
	}
	b.say("live_fixes_per_s", float64(after-before)/took.Seconds(), "fixes/s in PostGIS")
	b.say("live_fixes_acked_per_s", float64(sent.Load())/acknowledged.Seconds(), "fixes/s")
	return b.singles(ctx, tokens)
}

// settle waits until PostGIS has what the stream has.
func (b *liveBench) settle(ctx context.Context) error {
	for {
		n, err := b.Stream.Waiting(ctx, consumer)
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// stored is how many fixes are in PostGIS.
func (b *liveBench) stored(ctx context.Context) (n int64, err error) {
	return n, b.DB.QueryRow(ctx, `select coalesce(sum(fixes), 0) from track.chunk`).Scan(&n)
}

// senders makes people with devices on duty, and their batches.
func (b *liveBench) senders(ctx context.Context) (bodies [][][]byte, tokens []string, err error) {
	now := b.Clock.Now()
	system := business.Actor{Role: business.Admin}
	for i := range benchSender {
		name := fmt.Sprintf("sender%d", i)
		p, err := b.Identity.CreatePerson(ctx, system, idem.Key("bench-person-"+name),
			identity.NewPerson{Name: name, Login: name, Role: business.Salesperson,
				Password: "a sentence that nobody else needs"})
		if err != nil {
			return nil, nil, err
		}
		_, token, err := b.Identity.CreateDevice(ctx, system, scope.Everything(),
			idem.Key("bench-device-"+name), identity.NewDevice{Person: p.ID, Name: name})
		if err != nil {
			return nil, nil, err
		}
		if err := b.Track.Decide(ctx, int64(p.ID), track.ConsentVersion, true); err != nil {
			return nil, nil, err
		}
		on := track.Punch{Person: int64(p.ID), On: true, At: now.Add(-80 * 24 * time.Hour)}
		if err := b.Track.Punch(ctx, on); err != nil {
			return nil, nil, err
		}
		own := make([][]byte, b.times(40))
		for k := range own {
			own[k] = b.batch(now.Add(-time.Duration(k+1) * 24 * time.Hour))
		}
		bodies, tokens = append(bodies, own), append(tokens, deviceToken(token))
	}
	return bodies, tokens, nil
}

// batch is the body of 5,000 fixes of one day.
func (b *liveBench) batch(day time.Time) []byte {
	type fix struct {
		At       time.Time  `json:"at"`
		Position [2]float64 `json:"position"`
		Accuracy float32    `json:"accuracy_m"`
		Speed    float32    `json:"speed_kmh"`
		Course   float32    `json:"course_deg"`
	}
	at := day.UTC().Truncate(24 * time.Hour)
	p := b.place()
	fixes := make([]fix, track.MaxBatch)
	for i := range fixes {
		p = geodesic.Destination(p, b.rng.Float64()*360, 80)
		fixes[i] = fix{at.Add(time.Duration(i) * 10 * time.Second), p, 6, float32(b.rng.IntN(90)),
			float32(b.rng.IntN(360))}
	}
	body, err := json.Marshal(map[string]any{"fixes": fixes})
	if err != nil {
		panic(err) // fixes have a JSON form
	}
	return body
}

func post(ctx context.Context, url, token string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close() // read to the end
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %s: %s", res.Status, text)
	}
	return err
}

// storage records days of driving, closes them, and reads them back.
func (b *liveBench) storage(ctx context.Context) error {
	if _, err := b.DB.Exec(ctx, `truncate track.chunk, track.line`); err != nil {
		return err
	}
	today := b.Clock.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -20)
	var rows []track.Fix
	for i := range benchDays {
		d := ride.Day(b.rng)
		fixes := make([]track.Fix, 0, benchDayFix)
		shift := today.Sub(d.Fixes[0].At.Truncate(24 * time.Hour))
		for k, f := range d.Fixes[:min(len(d.Fixes), benchDayFix)] {
			f.Person, f.At = int64(100_001+i), f.At.Add(shift)
			speed, course := float32(0), float32(0)
			if k > 0 {
				way := float64(geodesic.Distance(d.Fixes[k-1].Position, f.Position))
				speed = float32(3.6 * way / f.At.Sub(fixes[k-1].At).Seconds())
				course = float32(geodesic.Bearing(d.Fixes[k-1].Position, f.Position))
			}
			f.SpeedKmh, f.CourseDeg = &speed, &course
			fixes = append(fixes, f)
		}
		if err := b.Track.Store(ctx, fixes); err != nil {
			return err
		}
		if i < benchRowDays {
			rows = append(rows, fixes...)
		}
	}
	begin := time.Now()
	if _, err := b.Track.Close(ctx, 10*benchDays); err != nil {
		return err
	}
	b.say("live_close_day_ms", time.Since(begin).Seconds()*1e3/benchDays, "ms")
	var chunks, lines, n float64
	for range vacuums {
		if _, err := b.DB.Exec(ctx, `vacuum full track.chunk, track.line`); err != nil {
			return err
		}
		var now float64
		if err := b.DB.QueryRow(ctx, benchSizes).Scan(&now, &lines, &n); err != nil {
			return err
		}
		if chunks == 0 || now < chunks {
			chunks = now
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.say("live_bytes_per_fix", (chunks+lines)/n, "bytes")
	b.say("live_bytes_per_fix_chunks", chunks/n, "bytes")
	if err := b.reading(ctx, today); err != nil {
		return err
	}
	return b.rows(ctx, rows)
}

func (b *liveBench) reading(ctx context.Context, today time.Time) error {
	took, err := sample(b.times(5000), func() error {
		person := int64(100_001 + b.rng.IntN(benchDays))
		self := track.Reader{Person: person, Scope: scope.Scope{People: []int64{person}}}
		t, err := b.Track.Track(ctx, self, person, today, today.Add(24*time.Hour))
		if err == nil && len(t.Fixes) == 0 {
			err = fmt.Errorf("nothing of person %d", person)
		}
		return err
	})
	if err != nil {
		return err
	}
	b.say("live_day_read_p50_ms", percentile(took, 50).Seconds()*1e3, "ms")
	begin := time.Now()
	if _, err := b.Track.Expire(ctx, b.Clock.Now().AddDate(0, 3, 0)); err != nil {
		return err
	}
	b.say("live_expire_ms", time.Since(begin).Seconds()*1e3, "ms")
	return nil
}

// stays measures what is found in days of which the truth is known.
func (b *liveBench) stays(context.Context) error {
	var hit, both int
	for range b.times(200) {
		d := ride.Day(b.rng)
		got := track.Read(d.Fixes, false).Stays
		hit, both = hit+ride.Matches(d.Stays, got), both+len(got)+len(d.Stays)
	}
	b.say("live_stay_f1", 2*float64(hit)/float64(both), "F1")
	return nil
}

// percentile of sorted durations.
func percentile(sorted []time.Duration, p int) time.Duration {
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

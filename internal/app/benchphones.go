package app

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"beatplan/api"
)

// What a phone brings from a morning without network.
const (
	morningVisits = 20
	morningPhotos = 3
	photoBytes    = 60_000
)

// benchPhones makes the people that carry the phones.
const benchPhones = `
insert into identity.person (id, name, login, role, demo, created_at, changed_at)
overriding system value
select i, 'Person ' || i, 'phone' || i, 'salesperson', true, now(), now()
from generate_series(1, %d) i`

// morning lets 500 phones bring a morning at once, each over one connection and in
// order, as the app's outbox does: twenty visits and three photos. Every tenth
// request is sent a second time, as after a lost answer.
func (b *visitsBench) morning(ctx context.Context) error {
	if _, err := b.DB.Exec(ctx, fmt.Sprintf(benchPhones, benchPeople)); err != nil {
		return fmt.Errorf("people with phones: %w", err)
	}
	if err := b.Start(ctx); err != nil {
		return err
	}
	if err := b.settled(ctx); err != nil {
		return err
	}
	picture, err := benchPicture()
	if err != nil {
		return err
	}
	phones := make([]*benchPhone, benchPeople)
	for i := range phones {
		if phones[i], err = b.phone(ctx, i+1, picture); err != nil {
			return err
		}
	}
	server, address, err := b.serve(ctx)
	if err != nil {
		return err
	}
	defer server.Close() // measured already
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchPeople}}
	failed := make([]error, len(phones))
	begin := time.Now()
	var all sync.WaitGroup
	for i, p := range phones {
		p.client, p.base = client, "http://"+address
		all.Go(func() { failed[i] = p.sync(ctx) })
	}
	all.Wait()
	took := time.Since(begin)
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return b.arrived(ctx, phones, took)
}

// benchRebuilt says whether the clocks were compared that a start begins with, and its
// other work has ended.
const benchRebuilt = `
select exists (select from river.river_job
	where kind = 'timer' and args->>'name' = 'warnings.rebuild' and state = 'completed')
	and not exists (select from river.river_job where state in ('available', 'running'))`

// settled waits for the long work that a start begins with, which reads every customer,
// so that it is not measured as the phones': the clocks, the digest of the morning, and
// the map's index, which reads the marks that follow from the clocks. It fails when that takes five minutes.
func (b *visitsBench) settled(ctx context.Context) error {
	for range 5 * 60 {
		time.Sleep(time.Second)
		var done bool
		if err := b.DB.QueryRow(ctx, benchRebuilt).Scan(&done); err != nil {
			return err
		}
		if done {
			time.Sleep(time.Second) // a notice takes a moment to arrive
			return b.Index.Sync(ctx)
		}
	}
	return errors.New("the work of the start does not end")
}

// arrived compares what was sent with what is stored.
func (b *visitsBench) arrived(
	ctx context.Context, phones []*benchPhone, took time.Duration,
) error {
	var visits, photos int
	if err := b.DB.QueryRow(ctx, `select (select count(*) from visits.visit
		where state = 'valid' and late and person_id <= $1), (select count(*) from visits.photo)`,
		benchPeople).Scan(&visits, &photos); err != nil {
		return fmt.Errorf("count what arrived: %w", err)
	}
	var answers []time.Duration
	for _, p := range phones {
		answers = append(answers, p.took...)
	}
	slices.Sort(answers)
	off := func(got, want int) int { return max(got-want, want-got) }
	b.say("sync_phones", float64(len(phones)), "phones")
	b.say("sync_requests", float64(len(answers)), "requests")
	b.say("sync_s", took.Seconds(), "s")
	b.say("sync_p99_ms", ms(percentile(answers, 99)), "ms")
	b.say("sync_lost", float64(off(visits, benchPeople*morningVisits)+
		off(photos, benchPeople*morningPhotos)), "visits and photos lost or doubled")
	return nil
}

// serve answers on a free port of this machine.
func (b *visitsBench) serve(ctx context.Context) (*http.Server, string, error) {
	l, err := listenLocal(ctx)
	if err != nil {
		return nil, "", err
	}
	server := api.NewServer(ctx, b.Handler(), b.Log)
	go server.Serve(l) //nolint:errcheck // it ends by Close
	return server, l.Addr().String(), nil
}

// benchPicture is a photo of about 60 kB.
func benchPicture() ([]byte, error) {
	picture := image.NewRGBA(image.Rect(0, 0, 960, 720))
	for i := range picture.Pix {
		picture.Pix[i] = byte(i*7919>>9) ^ byte(i>>13)
	}
	var out bytes.Buffer
	for quality := 40; out.Len() < photoBytes && quality <= 100; quality += 10 {
		out.Reset()
		if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: quality}); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// benchPhone is one phone with its customers and its signed-in person.
type benchPhone struct {
	number    int
	cookie    string
	picture   []byte
	customers []benchSite
	client    *http.Client
	base      string
	sent      int
	took      []time.Duration
}

type benchSite struct {
	ID       int64
	Position orb.Point
}

func (b *visitsBench) phone(
	ctx context.Context, number int, picture []byte,
) (*benchPhone, error) {
	token, _, err := b.Identity.SignInDemo(ctx, fmt.Sprintf("phone%d", number), "")
	if err != nil {
		return nil, err
	}
	cookie := b.API.SessionCookie(token)
	p := &benchPhone{number: number, picture: picture, cookie: cookie.Name + "=" + cookie.Value}
	for i := range morningVisits {
		n := number - 1 + i*benchPeople // owned by person 1 + n % 500
		if n == 0 {
			n = benchCustomers
		}
		p.customers = append(p.customers, benchSite{ID: int64(n), Position: orb.Point{
			-75.6 + float64(n%1000)*0.0001, 39.1 + float64(n/1000)*0.0001,
		}})
	}
	return p, nil
}

// sync sends everything in order.
func (p *benchPhone) sync(ctx context.Context) error {
	for i, c := range p.customers {
		arrived := time.Now().Add(time.Duration(i-morningVisits) * 4 * time.Minute)
		var visit struct {
			ID int64 `json:"id"`
		}
		err := p.send(ctx, "/v1/visits", p.json(map[string]any{
			"customer_id": c.ID, "late": true, "fix": p.fix(c, arrived),
		}), &visit)
		if err != nil {
			return err
		}
		path := fmt.Sprintf("/v1/visits/%d", visit.ID)
		if i < morningPhotos {
			q := url.Values{
				"source":   {"camera"},
				"taken_at": {arrived.Add(time.Minute).UTC().Format(time.RFC3339Nano)},
				"sent_at":  {time.Now().UTC().Format(time.RFC3339Nano)},
				"lon":      {fmt.Sprint(c.Position[0])}, "lat": {fmt.Sprint(c.Position[1])}, "accuracy_m": {"8"},
			}
			if err := p.send(ctx, path+"/photos?"+q.Encode(), p.photo(i), nil); err != nil {
				return err
			}
		}
		left := arrived.Add(2 * time.Minute)
		err = p.send(ctx, path+"/check-out", p.json(map[string]any{
			"late": true, "fix": p.fix(c, left), "left_at": left, "sent_at": time.Now(),
			"notes": "Restocked the shelf", "person_met": "Ms Chen",
		}), nil)
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *benchPhone) fix(c benchSite, at time.Time) map[string]any {
	return map[string]any{"position": c.Position, "accuracy_m": 8, "at": at, "sent_at": time.Now()}
}

func (p *benchPhone) json(body any) []byte {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // maps of plain values
	}
	return raw
}

// photo is the picture with a remark of its own, so that no two files are equal.
func (p *benchPhone) photo(i int) []byte {
	remark := fmt.Sprintf("phone %d photo %d", p.number, i)
	file := append([]byte{}, p.picture[:2]...)
	file = append(file, 0xff, 0xfe)
	file = binary.BigEndian.AppendUint16(file, uint16(len(remark)+2)) // short
	return append(append(file, remark...), p.picture[2:]...)
}

// send sends one command until it is answered, every tenth of them twice.
func (p *benchPhone) send(ctx context.Context, path string, body []byte, out any) error {
	p.sent++
	key := fmt.Sprintf("phone-%d-%d", p.number, p.sent)
	for range 1 + (p.sent%10)/9 {
		begin := time.Now()
		if err := p.post(ctx, path, key, body, out); err != nil {
			return fmt.Errorf("phone %d, %s: %w", p.number, path, err)
		}
		p.took = append(p.took, time.Since(begin))
	}
	return nil
}

func (p *benchPhone) post(
	ctx context.Context, path, key string, body []byte, out any,
) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Cookie", p.cookie)
	req.Header.Set("X-Client", "phone")
	req.Header.Set("Idempotency-Key", key)
	req.Header.Set("Content-Type", "application/json")
	if len(body) > photoBytes/2 {
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close() // read to the end
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s: %s", res.Status, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

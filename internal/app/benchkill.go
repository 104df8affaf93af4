package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"beatplan/api/identityapi"
	"beatplan/business"
	"beatplan/business/identity"
	"beatplan/geo/track"
	"beatplan/internal/config"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

func deviceToken(bare string) string { return identityapi.DeviceToken(bare) }

// KillOptions say how often processes are killed while devices send.
type KillOptions struct {
	Alone   int      // of one server with its own stream and database: server, database, …
	Cluster int      // of two servers, three machines of the stream, one database: in turn
	Env     []string // of the processes, beside this one's own
}

// kills is how often the bench kills: twenty times, or each kind of process once: a machine
// of the stream, a server, the database.
func kills(quick bool) KillOptions {
	if quick {
		return KillOptions{Cluster: 3}
	}
	return KillOptions{Alone: 10, Cluster: 10}
}

// Killed is what a run of kills came to.
type Killed struct {
	Kills int
	Acked int           // fixes that were acknowledged
	Lost  int           // of these, fixes that are not in the database in the end
	Equal time.Duration // the longest until both servers showed the same, after a kill
}

// BenchKill kills (SIGKILL) every process that fixes go through while devices send, and
// writes how many acknowledged fixes are gone: a figure a line as "name value unit".
func BenchKill(ctx context.Context, o KillOptions, out io.Writer) error {
	r, err := Kill(ctx, o)
	if err != nil {
		return err
	}
	b := &liveBench{out: out}
	b.say("live_kills", float64(r.Kills), "kills")
	b.say("live_acked", float64(r.Acked), "fixes")
	b.say("live_lost_acked", float64(r.Lost), "fixes")
	b.say("live_replicas_equal_max_ms", float64(r.Equal.Milliseconds()), "ms")
	return nil
}

// Kill is BenchKill as numbers. This program must know the commands serve and stream.
func Kill(ctx context.Context, o KillOptions) (Killed, error) {
	var sum Killed
	for _, part := range []struct {
		kills int
		build func(context.Context, *killing) ([]victim, error)
	}{{o.Alone, buildAlone}, {o.Cluster, buildCluster}} {
		if part.kills == 0 {
			continue
		}
		r, err := killSome(ctx, o, part.kills, part.build)
		if err != nil {
			return sum, err
		}
		sum.Kills, sum.Acked, sum.Lost = sum.Kills+r.Kills, sum.Acked+r.Acked, sum.Lost+r.Lost
		sum.Equal = max(sum.Equal, r.Equal)
	}
	return sum, nil
}

// killing is one house of processes, the devices that send to it, and what they were
// told.
type killing struct {
	dir     string
	env     []string
	config  *config.Config // with which what is stored is read in the end
	servers []string       // addresses
	running []*process     // of the servers
	senders []killSender
	cookie  string
	begin   time.Time
	closers []func() error

	gate sync.RWMutex // held for reading while a batch is under way
	mu   sync.Mutex
	sent int
	// acked are the instants that were acknowledged, Unix milliseconds, by person.
	acked map[int64]map[int64]bool
}

type killSender struct {
	person int64
	token  string
}

// victim is a process that is killed and comes back.
type victim struct {
	name   string
	kill   func() error
	revive func(context.Context) error
	spared bool // fixes go on being acknowledged while it is gone
}

// The load: so many people send a batch each in turn over so many connections.
const (
	killPeople  = 8
	killSenders = 2
	killBatch   = 100
	killPause   = 15 * time.Millisecond
	killAcks    = 20 * killBatch // between two acts
	killWait    = 90 * time.Second
)

func killSome(
	ctx context.Context, o KillOptions, kills int,
	build func(context.Context, *killing) ([]victim, error),
) (r Killed, err error) {
	k := &killing{env: o.Env, acked: map[int64]map[int64]bool{}}
	if k.dir, err = tempFolder("/tmp", "beatplan-kill"); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, k.end(), os.RemoveAll(k.dir)) }()
	victims, err := build(ctx, k)
	if err != nil {
		return r, err
	}
	sending, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	for i := range killSenders {
		all.Go(func() { k.send(sending, i) })
	}
	for i := range kills {
		v := victims[i%len(victims)]
		equal, failed := k.round(ctx, v)
		if failed != nil {
			err = fmt.Errorf("kill %d, of %s: %w", i+1, v.name, failed)
			break
		}
		r.Kills, r.Equal = r.Kills+1, max(r.Equal, equal)
	}
	stop()
	all.Wait()
	if err != nil {
		return r, err
	}
	for _, p := range k.running {
		if err := p.kill(); err != nil {
			return r, err
		}
	}
	r.Acked = k.count()
	r.Lost, err = k.missing(ctx)
	return r, err
}

// end ends all processes, the last first.
func (k *killing) end() (err error) {
	for _, closer := range slices.Backward(k.closers) {
		err = errors.Join(err, closer())
	}
	k.closers = nil
	return err
}

// round kills under load, revives, and compares the servers.
func (k *killing) round(ctx context.Context, v victim) (equal time.Duration, err error) {
	if err := k.awaitAcks(ctx); err != nil {
		return 0, fmt.Errorf("before it: %w", err)
	}
	if err := v.kill(); err != nil {
		return 0, err
	}
	if v.spared {
		if err := k.awaitAcks(ctx); err != nil {
			return 0, fmt.Errorf("without it: %w", err)
		}
	}
	if err := v.revive(ctx); err != nil {
		return 0, err
	}
	if err := k.awaitAcks(ctx); err != nil {
		return 0, fmt.Errorf("after it: %w", err)
	}
	if len(k.servers) < 2 {
		return 0, nil
	}
	return k.awaitEqual(ctx)
}

// prepare makes the company, people on duty, their devices, and an administrator.
func (k *killing) prepare(ctx context.Context) error {
	a, err := k.open(ctx)
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx)) // read to the end
	const login, password = "bench", "a sentence that nobody else needs"
	system := business.Actor{Role: business.Admin}
	_, err = a.Identity.FirstAdmin(ctx, identity.NewPerson{Name: "Bench", Login: login, Password: password})
	if err != nil {
		return err
	}
	token, _, err := a.Identity.SignIn(ctx, identity.SignIn{Login: login, Password: password})
	if err != nil {
		return err
	}
	cookie := a.API.SessionCookie(token)
	k.cookie = cookie.Name + "=" + cookie.Value
	k.begin = a.Clock.Now().Add(-20 * time.Hour)
	for i := range killPeople {
		name := fmt.Sprintf("killed%d", i)
		p, err := a.Identity.CreatePerson(ctx, system, idem.Key("bench-person-"+name), identity.NewPerson{
			Name: name, Login: name, Role: business.Salesperson, Password: password})
		if err != nil {
			return err
		}
		_, token, err := a.Identity.CreateDevice(ctx, system, scope.Everything(),
			idem.Key("bench-device-"+name), identity.NewDevice{Person: p.ID, Name: name})
		if err != nil {
			return err
		}
		on := track.Punch{Person: int64(p.ID), On: true, At: k.begin.Add(-time.Hour)}
		err = errors.Join(a.Track.Decide(ctx, int64(p.ID), track.ConsentVersion, true), a.Track.Punch(ctx, on))
		if err != nil {
			return err
		}
		k.senders = append(k.senders, killSender{int64(p.ID), deviceToken(token)})
		k.acked[int64(p.ID)] = map[int64]bool{}
	}
	return nil
}

func (k *killing) open(ctx context.Context) (*App, error) {
	return Open(ctx, Options{Config: k.config, Log: slog.New(slog.DiscardHandler), Version: "bench"})
}

// send sends batches until ctx ends, to the servers in turn, and notes what is
// acknowledged.
func (k *killing) send(ctx context.Context, first int) {
	for n := first; ctx.Err() == nil; n++ {
		k.gate.RLock()
		k.batch(ctx, k.senders[n%len(k.senders)], k.servers[n%len(k.servers)])
		k.gate.RUnlock()
		time.Sleep(killPause)
	}
}

func (k *killing) batch(ctx context.Context, s killSender, server string) {
	type fix struct {
		At       time.Time  `json:"at"`
		Position [2]float64 `json:"position"`
	}
	fixes := make([]fix, killBatch)
	k.mu.Lock()
	for i := range fixes {
		k.sent++
		at := k.begin.Add(time.Duration(k.sent) * 10 * time.Millisecond).Truncate(time.Millisecond)
		fixes[i] = fix{at, [2]float64{-75.5 + float64(k.sent%1000)/1e4, 39.1}}
	}
	k.mu.Unlock()
	body, err := json.Marshal(map[string]any{"fixes": fixes})
	if err != nil {
		panic(err) // fixes have a JSON form
	}
	short, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if post(short, "http://"+server+"/v1/fixes", s.token, body) != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range fixes {
		k.acked[s.person][f.At.UnixMilli()] = true
	}
}

func (k *killing) count() (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, of := range k.acked {
		n += len(of)
	}
	return n
}

// awaitAcks waits until some more fixes were acknowledged.
func (k *killing) awaitAcks(ctx context.Context) error {
	enough := k.count() + killAcks
	return await(ctx, "no fix is acknowledged", func() (bool, error) { return k.count() >= enough, nil })
}

// await asks again and again until it is so, within killWait.
func await(ctx context.Context, otherwise string, so func() (bool, error)) error {
	var last error
	for end := time.Now().Add(killWait); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		done, err := so()
		if done && err == nil {
			return nil
		}
		if last = err; ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(errors.New(otherwise), last)
}

// awaitEqual stops the devices, and measures how long it takes until both servers show
// everybody where they were last acknowledged, and the same.
func (k *killing) awaitEqual(ctx context.Context) (time.Duration, error) {
	k.gate.Lock()
	defer k.gate.Unlock()
	newest := map[int64]int64{}
	for person, of := range k.acked {
		newest[person] = slices.Max(append(slices.Collect(maps.Keys(of)), 0))
	}
	begin := time.Now()
	err := await(ctx, "the servers do not show the same", func() (bool, error) {
		one, err := k.shown(ctx, k.servers[0])
		if err != nil {
			return false, err
		}
		two, err := k.shown(ctx, k.servers[1])
		if err != nil || !maps.Equal(one, two) {
			return false, err
		}
		for person, at := range newest {
			if one[person].at < at {
				return false, nil
			}
		}
		return true, nil
	})
	return time.Since(begin), err
}

// shownAt is where and when a server says somebody was last.
type shownAt struct {
	at       int64
	lon, lat float64
}

func (k *killing) shown(ctx context.Context, server string) (map[int64]shownAt, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+server+"/v1/positions", nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Cookie", k.cookie)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close() // read to the end
	var list []struct {
		Person   int64      `json:"person_id"`
		At       time.Time  `json:"at"`
		Position [2]float64 `json:"position"`
	}
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("positions of %s: %s: %w", server, res.Status, err)
	}
	out := map[int64]shownAt{}
	for _, p := range list {
		out[p.Person] = shownAt{p.At.UnixMilli(), p.Position[0], p.Position[1]}
	}
	return out, nil
}

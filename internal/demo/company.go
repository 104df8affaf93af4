package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/business/identity"
	"beatplan/geo"
	"beatplan/geo/geodesic"
	"beatplan/geo/osm"
	"beatplan/internal/clock"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
	"beatplan/territory/district"
)

// companyName is set when founding has ended, and so tells that it has.
const companyName = "远行商贸 Far Road Trading"

// Twelve invented salespeople; any likeness to a person is chance.
func salespeople() [12]string {
	return [12]string{
		"陈伟 Chen Wei", "王芳 Wang Fang", "李强 Li Qiang", "张敏 Zhang Min",
		"刘洋 Liu Yang", "杨静 Yang Jing", "赵磊 Zhao Lei", "黄丽 Huang Li",
		"周杰 Zhou Jie", "吴霞 Wu Xia", "徐斌 Xu Bin", "孙艳 Sun Yan",
	}
}

func logins() [12]string {
	return [12]string{
		"chenwei", "wangfang", "liqiang", "zhangmin", "liuyang", "yangjing",
		"zhaolei", "huangli", "zhoujie", "wuxia", "xubin", "sunyan",
	}
}

// teamNames are given from the south to the north, or from the west to the east.
func teamNames(upright bool) [3]string {
	if upright {
		return [3]string{"南区 South", "中区 Central", "北区 North"}
	}
	return [3]string{"西区 West", "中区 Central", "东区 East"}
}

const (
	teams      = 3
	perTeam    = 4
	shiftStart = 8*60 + 30
	shiftEnd   = 17*60 + 30
)

// found creates people, teams and customers. It may be called again after it was
// interrupted: every command has a key of its own.
func (h House) found(ctx context.Context) ([]worker, error) {
	places, err := h.places(ctx)
	if err != nil {
		return nil, err
	}
	ground, err := partition(places)
	if err != nil {
		return nil, err
	}
	admin, err := h.admin(ctx)
	if err != nil {
		return nil, err
	}
	office, bounds := middle(places), box(places)
	people, err := h.hire(ctx, admin, ground, office)
	if err != nil {
		return nil, err
	}
	if err := h.register(ctx, admin, people, ground); err != nil {
		return nil, err
	}
	err = h.Identity.SetCompany(ctx, admin, identity.Company{
		Name: companyName, Zone: h.Zone.String(), Language: "zh", Center: &office, Bounds: &bounds,
	})
	return people, err
}

// admin returns the administrator, creating them in an empty company.
func (h House) admin(ctx context.Context) (business.Actor, error) {
	by := business.Actor{Role: business.Admin}
	p, err := h.Identity.FirstAdmin(ctx, identity.NewPerson{
		Name: "管理员 Administrator", Login: "admin", Demo: true, Workdays: everyDay(),
	})
	if errors.Is(err, identity.ErrNotEmpty) {
		role := identity.Filter{Role: string(business.Admin)}
		found, err := h.Identity.People(ctx, scope.Everything(), role, identity.Seek{}, 1)
		if err != nil {
			return by, err
		}
		if len(found) == 0 {
			return by, errors.New("the company has people but no administrator")
		}
		p = found[0]
	} else if err != nil {
		return by, fmt.Errorf("administrator: %w", err)
	}
	by.Person = p.ID
	return by, nil
}

func everyDay() []int16 { return []int16{1, 2, 3, 4, 5, 6, 7} }

// hire creates the manager, the dispatcher, three teams and twelve salespeople,
// each living on a road amid their customers.
func (h House) hire(
	ctx context.Context, admin business.Actor, ground [teams][perTeam][]osm.POI, office orb.Point,
) ([]worker, error) {
	person := func(in identity.NewPerson) (identity.Person, error) {
		in.Demo, in.Workdays, in.Office = true, everyDay(), &office
		in.Shift = identity.Shift{Start: shiftStart, End: shiftEnd}
		p, err := h.Identity.CreatePerson(ctx, admin, key("person", in.Login), in)
		if err != nil {
			return p, fmt.Errorf("person %s: %w", in.Login, err)
		}
		return p, nil
	}
	management, err := h.appoint(ctx, admin, person)
	if err != nil {
		return nil, err
	}
	boss, err := person(identity.NewPerson{
		Name: "林经理 Lin (manager)", Login: "manager", Role: business.Manager, Phone: phone(0),
		Team: management,
	})
	if err != nil {
		return nil, err
	}
	for i, desk := range []identity.NewPerson{
		{Name: "何调度 He (dispatcher)", Login: "dispatcher", Role: business.Dispatcher},
		{Name: "订单员 Ding (order clerk)", Login: "clerk", Role: "order-clerk"},
		{Name: "库管员 Ku (keeper)", Login: "keeper", Role: business.Keeper},
		{Name: "财务 Cai (finance)", Login: "finance", Role: "finance"},
	} {
		desk.Phone = phone(1 + i)
		if _, err = person(desk); err != nil {
			return nil, err
		}
	}
	top, err := h.Identity.CreateTeam(ctx, admin, key("team", "top"),
		identity.NewTeam{Name: "销售部 Sales", Leader: boss.ID})
	if err != nil {
		return nil, fmt.Errorf("team: %w", err)
	}
	var people []worker
	for t, name := range teamNames(tall(groundBox(ground))) {
		team, err := h.Identity.CreateTeam(ctx, admin, key("team", name),
			identity.NewTeam{Name: name, Parent: top.ID})
		if err != nil {
			return nil, fmt.Errorf("team %s: %w", name, err)
		}
		for i, area := range ground[t] {
			n := t*perTeam + i
			home := h.home(area, uint64(n))
			p, err := person(identity.NewPerson{
				Name: salespeople()[n], Login: logins()[n], Role: business.Salesperson,
				Team: team.ID, Phone: phone(10 + n), Home: &home, Color: n,
			})
			if err != nil {
				return nil, err
			}
			people = append(people, worker{Person: p})
		}
	}
	return people, nil
}

// phone is a number of the range that is kept for fiction.
func phone(n int) string { return fmt.Sprintf("+1 302 555 01%02d", n) }

// home is a place on a road near the middle of the area.
func (h House) home(area []osm.POI, n uint64) orb.Point {
	rng := rand.New(rand.NewPCG(n, 7))
	at := middle(area)
	for range 20 {
		p := orb.Point{at[0] + (rng.Float64()-0.5)*0.02, at[1] + (rng.Float64()-0.5)*0.02}
		if snap, err := h.Roads.Snap(p, 500); err == nil {
			return snap.Point
		}
	}
	if snap, err := h.Roads.Snap(area[0].Point, 2000); err == nil {
		return snap.Point
	}
	return area[0].Point
}

// pooled is how many customers there are for one that nobody looks after.
const pooled = 40

// register creates the customers of every salesperson and a few in the pool, with the clock at the
// first day of the company's history, so that nobody is new.
func (h House) register(
	ctx context.Context, admin business.Actor, people []worker, ground [teams][perTeam][]osm.POI,
) error {
	begin := business.DateOf(h.Clock.Now(), h.Zone).Add(-pastDays-20).At(h.Zone, 9*60)
	service := h.CRM(clock.NewManual(begin))
	total, done := 0, 0
	for _, team := range ground {
		for _, area := range team {
			total += len(area)
		}
	}
	for n := range people {
		own := ground[n/perTeam][n%perTeam]
		left := gaps(own)
		for _, poi := range own {
			if left[poi.ID] {
				done++
				continue
			}
			in := h.customer(poi, people[n].ID)
			if done%pooled == pooled-1 {
				in.Owner = 0
			}
			by := crm.By{Actor: admin, Scope: scope.Everything(), Key: poiKey(poi)}
			c, err := service.Create(ctx, by, in)
			switch {
			case fail.Is(err, fail.Conflict):
				// Two branches of one chain side by side: one customer.
			case err != nil:
				return fmt.Errorf("customer %s: %w", in.Name, err)
			case in.Owner != 0:
				people[n].customers = append(people[n].customers, c)
			}
			done++
			h.Progress("customers", float64(done)/float64(total))
		}
	}
	return nil
}

// customer makes a customer of a point of interest. What the map does not say is
// invented by kind and named in DemoFields.
func (h House) customer(poi osm.POI, owner business.PersonID) crm.NewCustomer {
	rng := rand.New(rand.NewPCG(hash(poiKey(poi)), 1))
	habit := habitOf(poi.Kind)
	in := crm.NewCustomer{
		Name: poi.Local, Kind: kindOf(poi.Kind), Status: crm.Active, Owner: owner,
		Address: poi.Address(), Phone: poi.Tags["phone"], Hours: habit.hours(),
		ServiceMinutes: habit.minutes + 5*rng.IntN(3),
		Pin:            &crm.Pin{Point: poi.Point, Source: crm.FromSeed},
		DemoFields:     []string{"opening_hours", "visit_every_days", "service_minutes", "level"},
	}
	if poi.Chinese != "" && poi.Chinese != poi.Local {
		in.Name = poi.Chinese + " " + poi.Local
	}
	if len([]rune(in.Phone)) > 40 {
		in.Phone = ""
	}
	switch chance := rng.IntN(100); {
	case chance < 15:
		in.Level, in.VisitEveryDays = crm.A, 5
	case chance < 50:
		in.Level, in.VisitEveryDays = crm.B, 10
	default:
		in.Level, in.VisitEveryDays = crm.C, 20
	}
	if in.Address == "" {
		in.DemoFields = append(in.DemoFields, "address")
		in.Address = fmt.Sprintf("%d %s", 100+rng.IntN(900), h.street(poi.Point))
	}
	return in
}

// street is the name of a street near p: businesses stand on car parks and
// service roads without names, so it looks around in widening circles.
func (h House) street(p orb.Point) string {
	for _, radius := range []geo.Meters{0, 60, 120, 250, 500, 1000} {
		for bearing := 0.0; bearing < 360; bearing += 45 {
			q := geodesic.Destination(p, bearing, radius)
			if snap, err := h.Roads.Snap(q, 300); err == nil && snap.Street != "" {
				return snap.Street
			}
		}
	}
	return "Main Street"
}

// kindOf makes a customer's kind of a tag, whose value anybody may have typed:
// of several values the first, and nothing but small letters and digits.
func kindOf(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(tag), ";")
	kind := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '/' {
			return r
		}
		return '_'
	}, strings.TrimSpace(tag))
	return strings.Trim(kind, "/")
}

func poiKey(p osm.POI) idem.Key { return key("poi", fmt.Sprint(p.Type, p.ID)) }

// key names a command of the demo for ever.
func key(what, which string) idem.Key { return idem.Key("demo-" + what + "-" + which) }

func hash(k idem.Key) uint64 {
	f := fnv.New64a()
	_, _ = f.Write([]byte(k)) // never fails
	return f.Sum64()
}

// places reads the extract's points of interest, in the order of the file.
func (h House) places(ctx context.Context) ([]osm.POI, error) {
	h.Progress("points of interest", 0)
	var all []osm.POI
	err := osm.POIs(ctx, h.Extract, func(p osm.POI) error {
		if _, err := h.Roads.Snap(p.Point, 1000); err == nil {
			all = append(all, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("points of interest: %w", err)
	}
	if len(all) < fewest {
		if all, err = h.invent(all); err != nil {
			return nil, err
		}
	}
	h.Progress("points of interest", 1)
	return all, nil
}

const (
	fewest   = 120 // businesses below which places are invented
	invented = 600
)

// invent adds places on the roads of an extract that names hardly any business,
// as extracts of roads alone do. They say so in their name.
func (h House) invent(have []osm.POI) ([]osm.POI, error) {
	regions := h.Roads.Regions()
	if len(regions) == 0 {
		return nil, errors.New("there is no road map to place the demo's customers on")
	}
	rng := rand.New(rand.NewPCG(600, 1))
	ground := regions[0].Box
	for tries := 0; len(have) < invented && tries < 100*invented; tries++ {
		p := orb.Point{
			ground.Min[0] + rng.Float64()*(ground.Max[0]-ground.Min[0]),
			ground.Min[1] + rng.Float64()*(ground.Max[1]-ground.Min[1]),
		}
		snap, err := h.Roads.Snap(p, 200)
		if err != nil || snap.Island {
			continue
		}
		n := int64(len(have) + 1)
		poi := osm.POI{ID: -n, Kind: "shop/convenience", Point: snap.Point}
		poi.Local = fmt.Sprintf("示例商店 Demo shop %03d", n)
		have = append(have, poi)
	}
	if len(have) < teams*perTeam {
		return nil, fmt.Errorf("only %d places are near roads; the demo needs at least %d",
			len(have), teams*perTeam)
	}
	return have, nil
}

// partition deals the places out to teams and people: compact areas of equal
// numbers. Teams are numbered from the south to the north or from the west to the
// east.
func partition(places []osm.POI) (ground [teams][perTeam][]osm.POI, err error) {
	axis := 0
	if tall(box(places)) {
		axis = 1
	}
	of, err := deal(places, teams)
	if err != nil {
		return ground, err
	}
	slices.SortFunc(of, func(a, b []osm.POI) int {
		return cmp.Compare(middle(a)[axis], middle(b)[axis])
	})
	for t, part := range of {
		areas, err := deal(part, perTeam)
		if err != nil {
			return ground, err
		}
		copy(ground[t][:], areas)
	}
	return ground, nil
}

// deal cuts places into n compact areas.
func deal(places []osm.POI, n int) ([][]osm.POI, error) {
	points := make([]orb.Point, len(places))
	for i, p := range places {
		points[i] = p.Point
	}
	area, err := district.Bisect(points, slices.Repeat([]float64{1}, len(places)), n)
	if err != nil {
		return nil, fmt.Errorf("areas of the demo: %w", err)
	}
	parts := make([][]osm.POI, n)
	for i, p := range places {
		parts[area[i]] = append(parts[area[i]], p)
	}
	return parts, nil
}

// groundBox encloses every place.
func groundBox(ground [teams][perTeam][]osm.POI) geo.Box {
	b := box(ground[0][0])
	for _, team := range ground {
		for _, area := range team {
			b = b.Union(box(area))
		}
	}
	return b
}

func tall(b geo.Box) bool { return b.Max[1]-b.Min[1] > 0.8*(b.Max[0]-b.Min[0]) }

func box(places []osm.POI) geo.Box {
	b := geo.Box{Min: places[0].Point, Max: places[0].Point}
	for _, p := range places {
		b = b.Extend(p.Point)
	}
	return b
}

// middle is the place nearest to the median of both coordinates.
func middle(places []osm.POI) orb.Point {
	var xs, ys []float64
	for _, p := range places {
		xs, ys = append(xs, p.Point[0]), append(ys, p.Point[1])
	}
	slices.Sort(xs)
	slices.Sort(ys)
	return orb.Point{xs[len(xs)/2], ys[len(ys)/2]}
}

// started is the first day of the history that the demo writes.
func (h House) started(now time.Time) business.Date {
	return business.DateOf(now, h.Zone).Add(-pastDays)
}

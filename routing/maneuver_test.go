package routing

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/routing/guide"
)

// told is a road test of what is said on the way from 1 to 2: manoeuvre by manoeuvre
// its type, modifier, exit and street, and the sentences.
type told struct {
	town
	from    string // where else it begins than at 1
	says    []string
	english string // the sentences, " / " between them
	chinese string
}

func tales() []told {
	return []told{{
		town: town{name: "a crossing is gone over in silence, and turned at by name", drawn: `
      d
      |
a--1--b--2--c--f
      |     |
      e     g--3`,
			ways: []string{"ab name=A", "bc name=A", "bd name=D", "be name=D", "cf name=A",
				"cg name=G name:en=Gee ref=G_2"}},
		says: []string{"depart A"},
	}, {
		town: town{name: "turns", drawn: `
      d--2--f
      |
a--1--b-----c
      |
      e`,
			ways: []string{"ab name=A", "bc name=A", "bdf name=D name:en=Dee ref=G2", "be name=D"}},
		says:    []string{"depart A", "turn left D"},
		english: "Head east on A / Turn left onto Dee (G2)",
		chinese: "沿A向东出发 / 左转，进入D（G2）",
	}, {
		town: town{name: "the street turns, and one stays on it", drawn: `
a--1--b-----c
      |
      e--2--f`,
			ways: []string{"ab name=A", "bc name=C", "bef name=A"}},
		says:    []string{"depart A", "continue right A"},
		english: "Head east on A / Turn right to stay on A",
		chinese: "沿A向东出发 / 右转，继续沿A行驶",
	}, {
		town: town{name: "straight on into another name", drawn: `
      d
      |
a--1--b--2--c`,
			ways: []string{"ab name=A", "bc name=B", "bd name=D"}},
		says:    []string{"depart A", "new name straight B"},
		english: "Head east on A / Continue onto B",
		chinese: "沿A向东出发 / 直行，进入B",
	}, {
		town: town{name: "a street that has no name for a while says nothing", drawn: `
a--1--b-----c--2--d
      |     |
      e     f`,
			ways: []string{"ab name=A", "bc", "cd name=A", "be name=E", "cf name=F"}},
		says: []string{"depart A"},
	}, {
		town: town{name: "the end of the road", drawn: `
      c
      |
a--1--b
      |
      d--2--f`,
			ways: []string{"ab name=A", "cb name=B", "bdf name=B"}},
		says:    []string{"depart A", "end of road right B"},
		english: "Head east on A / Turn right at the end of the road onto B",
		chinese: "沿A向东出发 / 在道路尽头右转，进入B",
	}, {
		town: town{name: "a fork", drawn: `
          c-2-e
a--1--b
          d--3-f`,
			ways: []string{"ab name=A", "bc name=C", "ce name=C", "bd name=D", "df name=D"}},
		says:    []string{"depart A", "fork slight left C"},
		english: "Head east on A / Keep left at the fork onto C",
		chinese: "沿A向东出发 / 在岔路口靠左行驶，进入C",
	}, {
		town: town{name: "onto a motorway, along it and off again", drawn: `
m----------n-----o--------p------q
        r            s      t--2-u
1-a--b
     c`,
			ways: []string{"ab name=A", "bc name=C", "br highway=motorway_link oneway=yes",
				"rn highway=motorway_link oneway=yes", "mn highway=motorway ref=M1",
				"no highway=motorway ref=M1", "op highway=motorway ref=M1",
				"pq highway=motorway ref=M1", "os highway=motorway_link",
				"pt highway=motorway_link oneway=yes name=Exit", "tu highway=primary name=U"}},
		says: []string{"depart A", "on ramp slight left ", "merge slight right M1",
			"off ramp slight right Exit", "new name slight left U"},
		english: "Head east on A / Take the ramp on the left / Merge right onto M1" +
			" / Take the exit on the right onto Exit / Continue onto U",
		chinese: "沿A向东出发 / 从左侧驶入匝道 / 向右汇入M1" +
			" / 从右侧出口驶出，进入Exit / 向左前方行驶，进入U",
	}, {
		town: town{name: "the exits of a roundabout", drawn: `
          x
          |
          c
a--1--b       d--y
          e
          |
          z--2--w`,
			ways: []string{"ab name=A", "bedcb junction=roundabout", "ezw name=Z", "dy name=Y",
				"cx name=X"}},
		says: []string{"depart A", "roundabout straight 1 Z", "exit roundabout right 1 Z"},
		english: "Head east on A / At the roundabout take the 1st exit onto Z" +
			" / Leave the roundabout onto Z",
		chinese: "沿A向东出发 / 进入环岛，从第1个出口驶出，进入Z / 驶出环岛，进入Z",
	}, {
		town: town{name: "a roundabout with a name, left by the third exit", drawn: `
          x--2--w
          |
          c
a--1--b       d--y
          e
          |
          z`,
			ways: []string{"ab name=A", "bedcb junction=roundabout name=Star", "ez name=Z",
				"dy name=Y", "cxw name=X"}},
		says:    []string{"depart A", "rotary straight 3 X", "exit rotary right 3 X"},
		english: "Head east on A / At Star take the 3rd exit onto X / Leave the roundabout onto X",
		chinese: "沿A向东出发 / 进入环岛Star，从第3个出口驶出，进入X / 驶出环岛，进入X",
	}, {
		town: town{name: "a way that ends in the roundabout", drawn: `
          c
a--1--b      2d
          e
          |
          z`,
			ways: []string{"ab name=A", "bedcb junction=roundabout", "ez name=Z"}},
		says: []string{"depart A", "roundabout straight "},
	}, {
		town: town{name: "a ferry", drawn: `
a--1--b-----c--2--d`,
			ways: []string{"ab name=A", "bc route=ferry name=Line_1", "cd name=D"}},
		says:    []string{"depart A", "notification straight Line_1", "notification straight D"},
		english: "Head east on A / Take the ferry Line_1 / Leave the ferry onto D",
		chinese: "沿A向东出发 / 乘坐轮渡Line_1 / 下轮渡，进入D",
	}, {
		town: town{name: "turning round at a dead end", drawn: `
a--1--b--x--2
      |
      c--e`,
			ways:  []string{"ab name=A", "bx name=A", "bc name=C", "ce name=C"},
			rules: []string{"only_right_turn ab b bc"}},
		says: []string{"depart A", "turn right C", "continue uturn C", "end of road right A"},
		english: "Head east on A / Turn right onto C / Make a U-turn and continue on C" +
			" / Turn right at the end of the road onto A",
		chinese: "沿A向东出发 / 右转，进入C / 掉头，继续沿C行驶 / 在道路尽头右转，进入A",
	}, {
		town: town{name: "a yard beside the road is no way on", drawn: `
           d
a--1--b
      |    c--2
      e`,
			ways: []string{"ab name=A highway=primary", "bd highway=service",
				"bc name=A highway=primary", "be name=E"}},
		says: []string{"depart A"},
	}, {
		from: "b",
		town: town{name: "from a crossing on", drawn: crossing,
			ways: []string{"ab name=A", "bc name=C", "bd name=D", "be name=E"}},
		says:    []string{"depart C"},
		english: "Head east on C",
	}, {
		from: "b",
		town: town{name: "from a crossing on, drawn the other way round", drawn: crossing,
			ways: []string{"cb name=C", "be name=E", "bd name=D", "ab name=A"}},
		says:    []string{"depart C"},
		english: "Head east on C",
	}, {
		from: "b",
		town: town{name: "from a bend where the name changes", drawn: `
a-----b
      |
      2
      |
      c`,
			ways: []string{"ab name=A", "bc name=C"}},
		says:    []string{"depart C"},
		english: "Head south on C",
	}}
}

const crossing = `
      d
      |
a-----b--2--c
      |
      e`

func TestManeuvers(t *testing.T) {
	for _, w := range tales() {
		t.Run(w.name, func(t *testing.T) {
			roads, places := w.open(t)
			begin := places[cmp.Or(w.from, "1")]
			route, err := roads.Route(t.Context(), []orb.Point{begin, places["2"]})
			if err != nil {
				t.Fatal(err)
			}
			legs, err := roads.StepsOf(route)
			if err != nil {
				t.Fatal(err)
			}
			var says, english, chinese []string
			var took time.Duration
			for _, s := range legs[0] {
				took += s.Duration
				says = append(says, saying(s))
				english = append(english, s.Text(guide.English))
				chinese = append(chinese, s.Text(guide.Chinese))
			}
			if got := strings.Join(says, "; "); got != strings.Join(w.says, "; ") {
				t.Errorf("got  %s\nwant %s", got, strings.Join(w.says, "; "))
			}
			if got := strings.Join(english, " / "); w.english != "" && got != w.english {
				t.Errorf("got  %s\nwant %s", got, w.english)
			}
			if got := strings.Join(chinese, " / "); w.chinese != "" && got != w.chinese {
				t.Errorf("got  %s\nwant %s", got, w.chinese)
			}
			if d := took - route.Legs[0].Duration; d.Abs() > time.Duration(len(says))*time.Millisecond {
				t.Errorf("steps of %v, a leg of %v", took, route.Legs[0].Duration)
			}
		})
	}
}

func saying(s Step) string {
	m := s.Maneuver
	out := string(m.Type)
	if m.Modifier != "" {
		out += " " + string(m.Modifier)
	}
	if m.Exit > 0 && m.Type != guide.None {
		out += fmt.Sprintf(" %d", m.Exit)
	}
	return out + " " + s.Street
}

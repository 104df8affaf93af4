package routing

// moreTowns are further road tests: reading, compression and the other profiles.
func moreTowns() []town {
	return []town{{
		name: "a bend is no junction, a signal and a change of rules are",
		drawn: `
a--1--b--c--d--2--e
         |
         f`,
		ways:  []string{"abc name=A", "cde name=B", "cf oneway=yes"},
		nodes: []string{"d highway=traffic_signals"},
		want:  map[string]string{"12": "bcd", "21": "dcb"},
		parts: 4, // a-b-c, c-d, d-e, c-f
	}, {
		name: "parallel ways between the same two nodes are both kept",
		drawn: `
   x--3--y
a--b--1--c--2--d`,
		ways:  []string{"ab", "bc", "bxyc", "cd"},
		want:  map[string]string{"12": "c", "32": "yc", "13": "bx"},
		parts: 4,
	}, {
		name: "a way that lacks a node in the extract is cut there",
		drawn: `
a--1--b     d--2--e
      |     |
      f-----g`,
		ways: []string{"abqde", "bf", "fg", "gd"}, // q is not drawn
		want: map[string]string{"12": "bfgd"},
	}, {
		name: "oneway for a vehicle outweighs oneway for all",
		drawn: `
a--1--b--2--c
|           |
d-----------e`,
		ways: []string{"abc oneway=yes oneway:motorcar=no", "ad", "de", "ec"},
		want: map[string]string{"12": "b", "21": "b"},
	}, {
		name: "a mini roundabout or a circle is one-way, and says no where it is not",
		drawn: `
    a-1-       e-3-
  b     d-y-f      h
    c-2-       g-4-`,
		ways: []string{"abcda junction=circular", "df", "efghe junction=roundabout oneway=no"},
		want: map[string]string{"21": "d", "12": "abc", "34": "h", "43": "h"},
	}, {
		name: "a ferry is taken where it is the way, and its time counts",
		drawn: `
a--1--b~~~~~~c--2--d
      |      |
      e------f`,
		ways: []string{"ab", "bc route=ferry duration=00:01", "cd", "be", "ef", "fc"},
		want: map[string]string{"12": "bc"},
	}, {
		name: "a slow ferry is gone round",
		drawn: `
a--1--b~~~~~~c--2--d
      |      |
      e------f`,
		ways: []string{"ab", "bc route=ferry duration=00:30", "cd", "be", "ef", "fc"},
		want: map[string]string{"12": "befc"},
	}, {
		name: "a ferry without cars is none for a car",
		drawn: `
a--1--b~~~~~~c--2--d
      |      |
      e------f`,
		ways: []string{"ab", "bc route=ferry duration=00:01 motor_vehicle=no", "cd", "be", "ef", "fc"},
		want: map[string]string{"12": "befc"},
		left: []string{"way: access refused"},
	}, {
		name: "no u-turn at a node, and no entry",
		drawn: `
      d
      |
a--1--b--2--c
      3
      e`,
		ways:  []string{"ab", "bc", "bd", "be"},
		rules: []string{"no_u_turn bc b bc", "no_entry bd b be"},
		want:  map[string]string{"12": "b", "13": "b"},
	}, {
		name: "a restriction for this vehicle holds, and one of several exceptions frees it",
		drawn: `
      d
      2
      |
a--1--b-----c
      3     |
      e-----f`,
		ways: []string{"ab", "bc", "bd", "be", "ef", "fc"},
		rules: []string{"restriction:motorcar=no_left_turn ab b bd",
			"no_right_turn ab b be except=psv;motorcar"},
		want: map[string]string{"12": "bcfeb", "13": "b"},
	}, {
		name: "a restriction over two ways",
		drawn: `
a--1--b--2--h
      |
      c
      |
d-----e--3--f`,
		ways:  []string{"ab", "bh", "bc", "ce", "de", "ef"},
		rules: []string{"no_straight_on ab bc,ce ef"},
		want:  map[string]string{"13": "bcede", "23": "bce"},
	}, {
		name: "a restriction whose members do not meet is left out and told",
		drawn: `
      d
      2
      |
a--1--b-----c`,
		ways:  []string{"ab", "bc", "bd"},
		rules: []string{"no_left_turn ab c bd"},
		want:  map[string]string{"12": "b"},
		left:  []string{"restriction: the members do not meet end to end"},
	}, {
		name: "for customers only is no way through either",
		drawn: `
a-1-b--3--c-2-d
    |     |
    e-----f`,
		ways: []string{"ab", "bc access=customers", "cd", "be", "ef", "fc"},
		want: map[string]string{"13": "b", "32": "c", "12": "befc"},
	}, {
		name: "a bus street and a construction site are closed",
		drawn: `
a-1-b-----c-2-d
    |     |
    e-----f
    |     |
    g-----h`,
		ways: []string{"ab", "bc access=no bus=yes", "cd", "be", "ef highway=construction", "fc",
			"eg", "gh", "hf"},
		want: map[string]string{"12": "beghfc"},
	}, {
		name: "a cyclist goes against a one-way street that says so, and takes the path",
		by:   "bicycle",
		drawn: `
a--1--b--2--c--3--d--4--e
      |           |     |
      f-----------g-----h`,
		ways: []string{"abc oneway=yes oneway:bicycle=no", "cd highway=cycleway", "de oneway=yes",
			"bf", "fg", "gd", "eh", "hg"},
		want: map[string]string{"21": "b", "13": "bc", "43": "ehgd", "34": "d"},
	}, {
		name: "a cyclist does not use a motorway, and passes the bollard",
		by:   "bicycle",
		drawn: `
a-1-b-----c-2-d
    |     |
    e--x--f`,
		ways:  []string{"ab", "bc highway=motorway oneway=no", "cd", "be", "exf", "fc"},
		nodes: []string{"x barrier=bollard"},
		want:  map[string]string{"12": "bexfc"},
	}, {
		name: "a walker goes either way, up the stairs and through the turnstile",
		by:   "foot",
		drawn: `
a--1--b--x--2--c
      |     |
      3     |
      d-----e`,
		ways:  []string{"ab oneway=yes", "bxc highway=steps", "bd highway=footway", "de"},
		nodes: []string{"x barrier=turnstile"},
		want:  map[string]string{"12": "bx", "21": "xb", "31": "b"},
	}, {
		name: "a motorcycle passes the bollard, but not the motorway",
		by:   "motorcycle",
		drawn: `
a-1-b-----c-2-d
    |     |
    e--x--f`,
		ways:  []string{"ab", "bc highway=motorway oneway=no", "cd", "be", "exf", "fc"},
		nodes: []string{"x barrier=bollard"},
		want:  map[string]string{"12": "bexfc"},
	}}
}

package network

// automaton remembers how far along forbidden or prescribed chains of arcs a
// car is. Its nodes are the proper beginnings of those chains, joined by
// failure links to their longest proper suffix that is a node too (Aho and
// Corasick 1975); node 0 is the empty beginning. A state needs to remember a
// node only when it is longer than one arc: one arc is the state's own.
type automaton struct {
	child  map[link]int32
	depth  []int32
	fail   []int32
	forbid map[link]bool
	allow  map[int32][]int32 // of a node at which an only_ chain prescribes
}

type link struct{ node, arc int32 }

func newAutomaton() *automaton {
	return &automaton{
		child: map[link]int32{}, depth: []int32{0}, fail: []int32{0},
		forbid: map[link]bool{}, allow: map[int32][]int32{},
	}
}

// add takes one chain of at least two arcs. Call finish after the last.
func (a *automaton) add(chain []int32, only bool) {
	node := int32(0)
	for _, arc := range chain[:len(chain)-1] {
		next, ok := a.child[link{node, arc}]
		if !ok {
			next = int32(len(a.depth))
			a.depth = append(a.depth, a.depth[node]+1)
			a.fail = append(a.fail, 0)
			a.child[link{node, arc}] = next
		}
		node = next
	}
	last := chain[len(chain)-1]
	if only {
		a.allow[node] = append(a.allow[node], last)
	} else {
		a.forbid[link{node, last}] = true
	}
}

// finish computes the failure links, shorter beginnings first.
func (a *automaton) finish() {
	byDepth := map[int32][]link{}
	deepest := int32(0)
	for l, node := range a.child {
		depth := a.depth[node]
		byDepth[depth] = append(byDepth[depth], l)
		deepest = max(deepest, depth)
	}
	for depth := int32(2); depth <= deepest; depth++ {
		for _, l := range byDepth[depth] {
			a.fail[a.child[l]] = a.longest(a.fail[l.node], l.arc)
		}
	}
}

// longest follows the failure links from node to one that arc continues.
func (a *automaton) longest(node, arc int32) int32 {
	for {
		if next, ok := a.child[link{node, arc}]; ok {
			return next
		}
		if node == 0 {
			return 0
		}
		node = a.fail[node]
	}
}

// start is the node of a car that begins on arc.
func (a *automaton) start(arc int32) int32 { return a.child[link{0, arc}] }

// next is the node after turning onto arc; false when the turn is forbidden.
func (a *automaton) next(node, arc int32) (int32, bool) {
	for m := node; m != 0; m = a.fail[m] {
		if a.forbid[link{m, arc}] {
			return 0, false
		}
		if allowed := a.allow[m]; len(allowed) > 0 && !containsArc(allowed, arc) {
			return 0, false
		}
	}
	return a.longest(node, arc), true
}

func containsArc(arcs []int32, arc int32) bool {
	for _, a := range arcs {
		if a == arc {
			return true
		}
	}
	return false
}

// remembered is the node as part of a state: 0 when the arc alone says it.
func (a *automaton) remembered(node int32) int32 {
	if a.depth[node] < 2 {
		return 0
	}
	return node
}

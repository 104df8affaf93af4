package tour

// Heuristic returns options that never enumerate small days.
func Heuristic(o Options) Options {
	o.heuristic = true
	return o
}

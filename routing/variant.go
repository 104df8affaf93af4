package routing

// Excludable are the classes of road that a question may exclude.
func Excludable() []string { return []string{"motorway", "trunk", "ferry"} }

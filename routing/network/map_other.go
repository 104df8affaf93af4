//go:build !unix

package network

// mapFile reads the file where there is no mapping to be had.
func mapFile(path string) (mapping, error) { return readWhole(path) }

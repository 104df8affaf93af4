package network

import (
	"os"
	"unsafe"
)

// mapping is a file in memory.
type mapping struct {
	data    []byte
	release func() error
	// unload lets go of the pages that were read so far: those that are needed come
	// back from the file, and what was only verified takes no memory.
	unload func() error
}

// readWhole reads a file into memory that is aligned for 8-byte items.
func readWhole(path string) (mapping, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return mapping{}, err
	}
	words := make([]uint64, (len(data)+7)/8+1)
	whole := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(data))
	copy(whole, data)
	nothing := func() error { return nil }
	return mapping{whole, nothing, nothing}, nil
}

package network

import (
	"os"
	"unsafe"
)

// readWhole reads a file into memory that is aligned for 8-byte items.
func readWhole(path string) ([]byte, func() error, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	words := make([]uint64, (len(data)+7)/8+1)
	whole := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(data))
	copy(whole, data)
	return whole, func() error { return nil }, nil
}

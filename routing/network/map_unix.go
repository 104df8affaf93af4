//go:build unix

package network

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps a file read-only.
func mapFile(path string) (mapping, error) {
	f, err := os.Open(path)
	if err != nil {
		return mapping{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return mapping{}, err
	}
	if info.Size() < headSize {
		return mapping{}, fmt.Errorf("%s: %w", path, ErrFile)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return readWhole(path)
	}
	return mapping{
		data:    data,
		release: func() error { return unix.Munmap(data) },
		unload:  func() error { return unix.Madvise(data, unix.MADV_DONTNEED) },
	}, nil
}

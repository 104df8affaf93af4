//go:build unix

package routing

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockStore takes the store for one import; the system lets go of it when the
// process dies. It fails with ErrImporting.
func lockStore(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		closing := f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, ErrImporting
		}
		return nil, errors.Join(err, closing)
	}
	return func() { _ = f.Close() }, nil
}

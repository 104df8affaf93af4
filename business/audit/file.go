package audit

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// File keeps heads in an append-only text file: a line "seq hash" for each. It
// belongs on another disk, or where another user owns it.
type File struct {
	Path string
	mu   sync.Mutex
}

// Keep appends a head and waits until it is on the disk.
func (f *File) Keep(_ context.Context, h Head) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, err := os.OpenFile(f.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%d %x\n", h.Seq, h.Hash)
	return errors.Join(err, w.Sync(), w.Close())
}

// Heads reads the file; a file that does not exist holds none. A line that was
// only half written, the last one, is left out.
func (f *File) Heads(context.Context) ([]Head, error) {
	r, err := os.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close() // only read
	var heads []Head
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var h Head
		var text string
		if _, err := fmt.Sscanf(lines.Text(), "%d %s", &h.Seq, &text); err != nil {
			continue
		}
		b, err := hex.DecodeString(text)
		if err != nil || len(b) != len(h.Hash) {
			continue
		}
		copy(h.Hash[:], b)
		heads = append(heads, h)
	}
	return heads, lines.Err()
}

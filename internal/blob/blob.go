// Package blob keeps files by their content: photos, imports, exports.
//
// A file's key is the SHA-256 of its bytes, so that the same file is kept once
// and a key never means anything else. A file appears whole or not at all, also
// when the machine loses power. Whose it is and who may read it is the business
// of whoever holds the key; each company has a folder of its own, so that a key
// of one means nothing at another.
//
// Pictures come from outside and are not believed: what they are is read from
// their bytes, what they would unpack to from their header, and what is kept is
// their pixels alone, upright and small. The facts that a camera wrote beside them
// (time, place, camera) are evidence for whoever asked for the picture.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"beatplan/internal/fail"
)

// Key names a file: 64 hexadecimal digits.
type Key string

// What can be wrong with a file.
var (
	ErrNotFound = fail.New(fail.NotFound, "blob.not_found", "There is no such file.")
	ErrTooLarge = fail.New(fail.TooLarge, "blob.too_large", "The file is larger than allowed.")
	ErrDamaged  = fail.New(fail.Unavailable, "blob.damaged",
		"The file on the disk is not what it was.")
)

// Store is a folder of files. It is safe for concurrent use, by several
// processes too.
type Store struct {
	dir   string
	slots chan struct{} // of pictures being decoded
}

// Open makes the folder when it is not there and removes what a killed run left
// half written a day ago.
func Open(dir string) (*Store, error) {
	s := &Store{dir: dir, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if err := os.MkdirAll(s.incoming(), 0o700); err != nil {
		return nil, fmt.Errorf("open folder of files: %w", err)
	}
	left, err := os.ReadDir(s.incoming())
	if err != nil {
		return nil, fmt.Errorf("open folder of files: %w", err)
	}
	for _, e := range left {
		info, err := e.Info()
		if err == nil && time.Since(info.ModTime()) > 24*time.Hour {
			_ = os.Remove(filepath.Join(s.incoming(), e.Name())) // the next start tries again
		}
	}
	return s, nil
}

func (s *Store) incoming() string { return filepath.Join(s.dir, "incoming") }

func (s *Store) path(k Key) string { return filepath.Join(s.dir, string(k[:2]), string(k)) }

func (k Key) valid() bool {
	if len(k) != 2*sha256.Size || strings.ToLower(string(k)) != string(k) {
		return false
	}
	_, err := hex.DecodeString(string(k))
	return err == nil
}

// Put reads r to its end and keeps it; it returns the key and the size in bytes.
// A file of more than limit bytes fails with [ErrTooLarge] and leaves nothing.
func (s *Store) Put(ctx context.Context, r io.Reader, limit int64) (Key, int64, error) {
	f, err := os.CreateTemp(s.incoming(), "put-*")
	if err != nil {
		return "", 0, fmt.Errorf("keep file: %w", err)
	}
	defer os.Remove(f.Name()) // it was renamed, or is rubbish
	defer f.Close()           // closed below where it matters
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(stopping{ctx, r}, limit+1))
	if err != nil {
		return "", 0, fmt.Errorf("keep file: %w", err)
	}
	if n > limit {
		return "", 0, ErrTooLarge.With("limit_bytes", limit)
	}
	key := Key(hex.EncodeToString(sum.Sum(nil)))
	if err := s.publish(f, key); err != nil {
		return "", 0, fmt.Errorf("keep file: %w", err)
	}
	return key, n, nil
}

func (s *Store) publish(f *os.File, key Key) error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	to := s.path(key)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), to); err != nil {
		return err
	}
	if err := syncFolder(filepath.Dir(to)); err != nil {
		return err
	}
	return syncFolder(s.dir) // the first file of a folder
}

func syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Open returns the file for reading and seeking; the caller closes it. It fails
// with [ErrNotFound].
func (s *Store) Open(key Key) (*os.File, error) {
	if !key.valid() {
		return nil, ErrNotFound
	}
	f, err := os.Open(s.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound.With("key", key)
	}
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	return f, nil
}

// Check reads the file and compares it with its key. It fails with [ErrNotFound]
// or [ErrDamaged].
func (s *Store) Check(key Key) error {
	f, err := s.Open(key)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return fmt.Errorf("check file: %w", err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != string(key) {
		return ErrDamaged.With("key", key)
	}
	return nil
}

// Remove forgets a file; one that is not there is fine. Whoever calls knows that
// nobody else holds the key.
func (s *Store) Remove(key Key) error {
	if !key.valid() {
		return nil
	}
	if err := os.Remove(s.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove file: %w", err)
	}
	return nil
}

// stopping ends a read when its context does.
type stopping struct {
	ctx context.Context
	r   io.Reader
}

// Read reads unless the context has ended.
func (s stopping) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

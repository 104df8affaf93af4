package app

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

// vault seals secrets of the company with AES-256-GCM under a key that lies in a file
// beside the data, never in the database or its backups: whoever has only those has no
// secret. The key is made when the first secret is sealed; processes that share a
// database share the file.
type vault struct {
	path string
	log  *slog.Logger // nil: silent

	mu   sync.Mutex
	aead cipher.AEAD
}

func (a *App) vault() *vault {
	return &vault{path: filepath.Join(a.Config.Data, "secrets.key"), log: a.Log}
}

var errSealed = errors.New("what was sealed cannot be opened with the key of this machine")

// Seal seals a text for one use.
func (v *vault) Seal(plain []byte, use string) ([]byte, error) {
	a, err := v.open(true)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, a.NonceSize())
	_, _ = rand.Read(nonce) // never fails since Go 1.24
	return a.Seal(nonce, nonce, plain, []byte(use)), nil
}

// Open opens what was sealed for the use. What keeps it shut is the operator's matter
// and stands in the log.
func (v *vault) Open(sealed []byte, use string) ([]byte, error) {
	plain, err := v.unseal(sealed, use)
	if err != nil && v.log != nil {
		v.log.Warn("a sealed secret cannot be opened", "use", use, "error", err)
	}
	return plain, err
}

func (v *vault) unseal(sealed []byte, use string) ([]byte, error) {
	a, err := v.open(false)
	if err != nil {
		return nil, err
	}
	if len(sealed) < a.NonceSize() {
		return nil, errSealed
	}
	plain, err := a.Open(nil, sealed[:a.NonceSize()], sealed[a.NonceSize():], []byte(use))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

func (v *vault) open(create bool) (cipher.AEAD, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.aead != nil {
		return v.aead, nil
	}
	key, err := os.ReadFile(v.path)
	if errors.Is(err, os.ErrNotExist) && create {
		key, err = v.create()
	}
	if err != nil {
		return nil, fmt.Errorf("key of the secrets: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key of the secrets in %s: %w", v.path, err)
	}
	v.aead, err = cipher.NewGCM(block)
	return v.aead, err
}

// create makes the key; of several processes that do, the first one's stays. A link
// appears whole or not at all.
func (v *vault) create() ([]byte, error) {
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh) // never fails since Go 1.24
	if err := os.MkdirAll(filepath.Dir(v.path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(v.path), ".key-*") // for its owner only
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(fresh)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(f.Name(), v.path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return os.ReadFile(v.path)
}

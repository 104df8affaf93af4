package audit

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// Personal values of the trail are sealed with AES-256-GCM under a key of the
// person whom they are about: the documents of a change of that person, and the
// address and program of whoever acted. The hash of an entry covers the sealed
// form, so the chain verifies with and without the key.

const (
	// A key that this very transaction made may still be rolled back; its row
	// bears the transaction's own time.
	sqlKey = `
select key, created_at < now() from audit.person_key where person_id = @person`

	sqlMakeKey = `
insert into audit.person_key (person_id, key) values (@person, @key)
on conflict (person_id) do nothing`

	sqlDestroyKey = `
insert into audit.person_key (person_id, key) values (@person, null)
on conflict (person_id) do update set key = null`

	sqlKeys = `
select person_id, key from audit.person_key where person_id = any(@people) and key is not null`
)

// ring remembers keys that are sure to stay. Its zero value is ready.
type ring struct {
	mu   sync.Mutex
	keys map[business.PersonID][]byte
}

func (r *ring) get(p business.PersonID) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys[p]
}

func (r *ring) put(p business.PersonID, key []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys = map[business.PersonID][]byte{}
	}
	r.keys[p] = key
}

func (r *ring) drop(p business.PersonID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.keys, p)
}

// key returns the person's key and makes one when there was never any; nil when
// it was destroyed.
func (l *Log) key(ctx context.Context, tx db.Tx, p business.PersonID) ([]byte, error) {
	if k := l.ring.get(p); k != nil {
		return k, nil
	}
	args := pgx.NamedArgs{"person": p}
	for try := range 2 {
		rows, err := tx.Query(ctx, sqlKey, args)
		if err != nil {
			return nil, err
		}
		type row struct {
			key  []byte
			sure bool
		}
		found, err := pgx.CollectRows(rows, func(cr pgx.CollectableRow) (r row, err error) {
			err = cr.Scan(&r.key, &r.sure)
			return r, err
		})
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			if found[0].sure && found[0].key != nil {
				l.ring.put(p, found[0].key)
			}
			return found[0].key, nil
		}
		if try == 0 {
			fresh := make([]byte, 32)
			_, _ = rand.Read(fresh) // never fails since Go 1.24
			args["key"] = fresh
			if _, err := tx.Exec(ctx, sqlMakeKey, args); err != nil {
				return nil, err
			}
		}
	}
	return nil, fmt.Errorf("no key of person %d", p)
}

// Forget destroys the person's key, for good: what the trail holds of them cannot
// be read any more, and nothing more is kept of them.
func (l *Log) Forget(ctx context.Context, tx db.Tx, p business.PersonID) error {
	l.ring.drop(p)
	_, err := tx.Exec(ctx, sqlDestroyKey, pgx.NamedArgs{"person": p})
	return err
}

// sealed is the form of a sealed document.
type sealed struct {
	Sealed string            `json:"sealed"` // base64 of nonce and ciphertext
	Person business.PersonID `json:"person"` // whose key
}

// gone stands for a document that nobody can read any more.
const gone = `{"erased": true}`

// textMark begins a sealed address or program name.
const textMark = "sealed:"

func gcm(key []byte) (cipher.AEAD, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(b)
}

func bound(p business.PersonID) []byte { return strconv.AppendInt(nil, int64(p), 10) }

func seal(key []byte, p business.PersonID, text string) (string, error) {
	a, err := gcm(key)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, a.NonceSize())
	_, _ = rand.Read(nonce) // never fails since Go 1.24
	return base64.StdEncoding.EncodeToString(a.Seal(nonce, nonce, []byte(text), bound(p))), nil
}

func open(key []byte, p business.PersonID, text string) (string, bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || key == nil {
		return "", false
	}
	a, err := gcm(key)
	if err != nil || len(raw) < a.NonceSize() {
		return "", false
	}
	plain, err := a.Open(nil, raw[:a.NonceSize()], raw[a.NonceSize():], bound(p))
	return string(plain), err == nil
}

// sealDocument seals a document about the person; nil stays nil.
func (l *Log) sealDocument(
	ctx context.Context, tx db.Tx, p business.PersonID, document *string,
) (*string, error) {
	if document == nil || p == 0 {
		return document, nil
	}
	key, err := l.key(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	text := gone
	if key != nil {
		s := sealed{Person: p}
		if s.Sealed, err = seal(key, p, *document); err != nil {
			return nil, err
		}
		b, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		text = string(b)
	}
	return &text, nil
}

// sealText seals where somebody acted from.
func (l *Log) sealText(
	ctx context.Context, tx db.Tx, p business.PersonID, text string,
) (string, error) {
	if text == "" || p == 0 {
		return text, nil
	}
	key, err := l.key(ctx, tx, p)
	if err != nil || key == nil {
		return "", err
	}
	s, err := seal(key, p, text)
	return textMark + s, err
}

// unseal makes entries readable whose people still have their keys.
func (l *Log) unseal(ctx context.Context, entries []Entry) error {
	people := make([]int64, 0, 2*len(entries))
	docs := make([]sealed, 2*len(entries))
	for i, e := range entries {
		people = append(people, int64(e.Person))
		for j, raw := range []json.RawMessage{e.Before, e.After} {
			if s, ok := sealedIn(raw); ok {
				docs[2*i+j] = s
				people = append(people, int64(s.Person))
			}
		}
	}
	rows, err := l.DB.Query(ctx, sqlKeys, pgx.NamedArgs{"people": people})
	if err != nil {
		return err
	}
	keys := map[business.PersonID][]byte{}
	var p business.PersonID
	var k []byte
	_, err = pgx.ForEachRow(rows, []any{&p, &k}, func() error { keys[p] = k; k = nil; return nil })
	if err != nil {
		return err
	}
	for i := range entries {
		e := &entries[i]
		for j, raw := range []*json.RawMessage{&e.Before, &e.After} {
			if s := docs[2*i+j]; s.Person != 0 {
				*raw = json.RawMessage(gone)
				if text, ok := open(keys[s.Person], s.Person, s.Sealed); ok {
					*raw = json.RawMessage(text)
				}
			}
		}
		for _, text := range []*string{&e.Address, &e.Agent} {
			if rest, is := strings.CutPrefix(*text, textMark); is {
				*text, _ = open(keys[e.Person], e.Person, rest)
			}
		}
	}
	return nil
}

func sealedIn(raw json.RawMessage) (sealed, bool) {
	var s sealed
	if !strings.Contains(string(raw), `"sealed"`) || json.Unmarshal(raw, &s) != nil {
		return s, false
	}
	return s, s.Person != 0 && s.Sealed != ""
}

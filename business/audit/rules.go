package audit

import (
	"crypto/sha256"
	"encoding/binary"
)

// next returns the hash of e after prev. Every field is preceded by its length,
// so that no two entries have the same bytes.
func next(prev [32]byte, e Entry) [32]byte {
	h := sha256.New()
	h.Write(prev[:])
	number := func(n int64) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
	text := func(s string) {
		number(int64(len(s)))
		h.Write([]byte(s))
	}
	number(e.ID)
	number(e.At.UnixMicro())
	number(int64(e.Person))
	number(e.Target)
	for _, s := range []string{
		string(e.Role), e.Action, e.Object, string(e.Before), string(e.After),
		e.Address, e.Request, e.Agent,
	} {
		text(s)
	}
	return [32]byte(h.Sum(nil))
}

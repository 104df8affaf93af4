package tiles

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// ETag is the strong entity tag of these bytes (RFC 9110 §8.8.3), quotes
// included: the first 120 bits of their SHA-256.
func ETag(data []byte) string {
	sum := sha256.Sum256(data)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
}

// Matches reports whether an If-None-Match header names the tag, by the weak
// comparison that RFC 9110 §13.1.2 prescribes. "*" matches every tag.
func Matches(ifNoneMatch, tag string) bool {
	if tag == "" {
		return false
	}
	for candidate := range strings.SplitSeq(ifNoneMatch, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
			return true
		}
	}
	return false
}

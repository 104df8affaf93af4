package identity

import (
	"testing"
	"time"
)

// The SHA-1 vectors of RFC 6238, appendix B, cut to six digits.
func TestTOTPVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for unix, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924",
		2000000000: "279037", 20000000000: "353130",
	} {
		if got := totp(secret, unix/30); got != want {
			t.Errorf("at %d: %s, want %s", unix, got, want)
		}
		now := time.Unix(unix, 0)
		for _, skew := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
			if matchingStep(secret, want, now.Add(skew)) != unix/30 {
				t.Errorf("at %d: refused with a clock %v off", unix, skew)
			}
		}
		if matchingStep(secret, want, now.Add(90*time.Second)) != 0 || matchingStep(secret, "", now) != 0 {
			t.Errorf("at %d: an old or an empty code was accepted", unix)
		}
	}
}

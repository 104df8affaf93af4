package archtest

import (
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// TestSecurityPageNamesRealTests: docs/security.md promises by naming tests, so
// each of them must exist.
func TestSecurityPageNamesRealTests(t *testing.T) {
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllSubmatch(page, -1)
	if len(names) < 30 {
		t.Fatalf("only %d tests are named", len(names))
	}
	grep := exec.Command("git", "grep", "-h", "^func Test", "--", "*_test.go")
	grep.Dir = "../.."
	have, err := grep.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if !regexp.MustCompile(`(?m)^func ` + string(n[1]) + `\(`).Match(have) {
			t.Errorf("docs/security.md names %s, which does not exist", n[1])
		}
	}
}

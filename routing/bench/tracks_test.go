package bench

import (
	"os"
	"path/filepath"
	"testing"

	"beatplan/routing/match"
)

func TestTracksWithTruthAreMatched(t *testing.T) {
	data := os.Getenv("BEATPLAN_SHARED_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "shared", "data")
	}
	archive := filepath.Join(data, "tracks", "kubicka-dev8.tar.gz")
	if _, err := os.Stat(archive); err != nil {
		t.Logf("no tracks at %s: the matcher is tested in routing/match", archive)
		return
	}
	tracks, err := Tracks(t.Context(), archive, match.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all Truth
	for _, k := range tracks {
		t.Logf("%s: %4d fixes, %.2f %% right, mismatch %.4f", k.Name, k.Fixes, 100*k.Share(), k.Mismatch())
		all.Length, all.Right, all.Wrong = all.Length+k.Length, all.Right+k.Right, all.Wrong+k.Wrong
	}
	t.Logf("together: %.2f %% right, mismatch %.4f", 100*all.Share(), all.Mismatch())
	if len(tracks) != 8 || all.Share() < 0.97 {
		t.Errorf("%d tracks, %.2f %% of their length is right", len(tracks), 100*all.Share())
	}
}

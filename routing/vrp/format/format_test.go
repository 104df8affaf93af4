package format_test

import (
	"os"
	"path/filepath"
	"testing"

	"beatplan/routing/vrp/format"
)

// shared is the folder of instances, or "" where there is none.
func shared(t *testing.T) string {
	root := os.Getenv("BEATPLAN_SHARED_DATA")
	if root == "" {
		root = "../../../../shared/data"
	}
	if _, err := os.Stat(filepath.Join(root, "vrp")); err != nil {
		t.Log("no shared instances: reading the small ones written here")
		return ""
	}
	return filepath.Join(root, "vrp")
}

func TestReadEverySharedInstance(t *testing.T) {
	root := shared(t)
	if root == "" {
		return
	}
	count := 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		dir := filepath.Base(filepath.Dir(path))
		ext := filepath.Ext(path)
		if dir == "toptw" || d.Name() == "best_known.txt" ||
			ext == ".sol" || ext == ".json" || ext == ".res" || d.Name() == "LICENSE" {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		x, err := format.Read(f)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		count++
		if len(x.Problem.Visits) == 0 || len(x.Nodes) != len(x.Problem.Visits) {
			t.Errorf("%s: %d visits", path, len(x.Problem.Visits))
		}
		return nil
	})
	if err != nil || count < 120 {
		t.Fatalf("%d instances, %v", count, err)
	}
}

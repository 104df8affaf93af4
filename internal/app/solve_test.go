package app_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"beatplan/internal/app"
	"beatplan/routing/vrp/vroom"
)

// solved writes a problem file, solves it and returns what is written.
func solved(t *testing.T, problem, output string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "problem")
	if err := os.WriteFile(file, []byte(problem), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err := app.Solve(t.Context(), app.SolveOptions{File: file, Iterations: 200, Seed: 1, Output: output}, &out)
	return out.String(), err
}

// oneWay is a street of three customers at 3, 4 and 5 from the depot.
const oneWay = "NAME : street\nTYPE : CVRP\nDIMENSION : 4\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 2\n" +
	"NODE_COORD_SECTION\n1 0 0\n2 3 0\n3 4 0\n4 5 0\nDEMAND_SECTION\n1 0\n2 1\n3 1\n4 1\nDEPOT_SECTION\n1\n-1\nEOF\n"

// TestSolveWritesTheFormOfTheTrade: routes and cost of a CVRPLIB file as its .sol.
func TestSolveWritesTheFormOfTheTrade(t *testing.T) {
	got, err := solved(t, oneWay, "sol")
	if err != nil {
		t.Fatal(err)
	}
	var stops int
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "Route #") {
			stops += len(strings.Fields(line)) - 2
		}
	}
	if stops != 3 || !strings.HasSuffix(got, "Cost 16\n") { // 5 with 4, and 3 alone
		t.Fatalf("%s", got)
	}
}

// TestSolveAnswersVROOM: a researcher's file in VROOM's form, and a request of it.
func TestSolveAnswersVROOM(t *testing.T) {
	request := `{"vehicles":[{"id":9,"start_index":0,"end_index":0}],
	"jobs":[{"id":4,"location_index":1}],"matrices":{"car":{"durations":[[0,7],[8,0]]}}}`
	for problem, cost := range map[string]int{oneWay: 16, request: 15} {
		got, err := solved(t, problem, "json")
		if err != nil {
			t.Fatal(err)
		}
		var answer vroom.Answer
		if err := json.Unmarshal([]byte(got), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Code != 0 || answer.Summary.Cost != cost || answer.Summary.Unassigned != 0 {
			t.Errorf("cost %d, want %d: %s", answer.Summary.Cost, cost, got)
		}
	}
}

// TestSolveTellsItsProgress: cost, lower bound and gap at each meeting.
func TestSolveTellsItsProgress(t *testing.T) {
	file := filepath.Join(t.TempDir(), "problem")
	if err := os.WriteFile(file, []byte(oneWay), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, progress strings.Builder
	err := app.Solve(t.Context(), app.SolveOptions{File: file, Iterations: 200, Seed: 1, Progress: &progress}, &out)
	if err != nil {
		t.Fatal(err)
	}
	var spent, cost, bound int
	var gap float64
	for line := range strings.Lines(progress.String()) {
		if _, err := fmt.Sscanf(line, "%d %%  cost %d  bound %d  gap %f %%", &spent, &cost, &bound, &gap); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if bound <= 0 || bound > cost || gap < 0 || gap >= 100 {
			t.Error(line)
		}
	}
	if spent != 100 || !strings.HasSuffix(progress.String(), "\n") {
		t.Errorf("%s", progress.String())
	}
}

// TestSolveTimesSteps: a request of VROOM's for the times of its own steps is not searched.
func TestSolveTimesSteps(t *testing.T) {
	got, err := solved(t, `{"vehicles":[{"id":9,"start_index":0,"steps":[{"type":"job","id":5},{"type":"job","id":4}]}],
	"jobs":[{"id":4,"location_index":1},{"id":5,"location_index":2,"time_windows":[[0,3]]}],
	"matrices":{"car":{"durations":[[0,7,9],[8,0,9],[9,9,0]]}},"options":{"c":true}}`, "json")
	var answer vroom.Answer
	if err != nil || json.Unmarshal([]byte(got), &answer) != nil {
		t.Fatalf("%v %s", err, got)
	}
	if answer.Summary.Cost != 18 || len(answer.Summary.Violations) != 1 || answer.Summary.Violations[0].Duration != 6 {
		t.Errorf("%+v", answer)
	}
}

// TestSolvePlansAPeriod: a customer seen twice in four days goes to the pair of days
// on which somebody passes by, and the days not chosen are not told as left out.
func TestSolvePlansAPeriod(t *testing.T) {
	days := strings.Repeat("0 10\n", 4)
	far := "1 10 0 0 1 2 1 5\n"      // days 2 and 4
	near := "2 10 1 0 1 2 2 10 5\n"  // days 1 and 3, or 2 and 4
	home := "3 0 1 0 1 4 1 15\n"     // every day
	once := "4 10 -1 0 1 1 2 8 4 \n" // day 1 or day 2
	problem := "1 1 4 4\n" + days + "0 0 0 0 0 0 0\n" + far + near + home + once
	got, err := solved(t, problem, "table")
	if err != nil {
		t.Fatal(err)
	}
	for day, stops := range map[int]int{1: 1, 2: 4, 3: 1, 4: 3} {
		if want := fmt.Sprintf("\n%d.%-6d %6d ", day, day, stops); !strings.Contains(got, want) {
			t.Errorf("no line %q in\n%s", want, got)
		}
	}
	if !strings.Contains(got, "unserved 0,") {
		t.Errorf("%s", got)
	}
}

// TestSolveTellsTheLine: what is wrong with a file is said by its place.
func TestSolveTellsTheLine(t *testing.T) {
	for problem, want := range map[string]string{
		"1 1 1 4\n0 10\n0 10\n0 x\n0 10\n0 0 0 0 0\n1 1 1 0 1 1 1 8\n":  "line 4",
		"1 1 1 4\n0 10\n0 10\n0 10\n0 10\n0 0 0 0 0\n1 1 1 0 1 1 1 3\n": "customer 1: combination 3 has not 1 days",
		`{"vehicles":[{"id":1,"start_index":0,"wings":2}]}`:             "wings",
	} {
		if _, err := solved(t, problem, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", problem, err, want)
		}
	}
}

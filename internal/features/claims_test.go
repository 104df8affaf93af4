package main

import "testing"

// TestEveryIDStandsAboveATest: a test that was moved takes the ids of its features along.
func TestEveryIDStandsAboveATest(t *testing.T) {
	_, marks, err := claims("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(marks) < 200 {
		t.Errorf("only %d ids stand above tests", len(marks))
	}
}

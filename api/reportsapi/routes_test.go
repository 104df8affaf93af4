package reportsapi

import (
	"testing"

	"beatplan/business"
)

func TestAReportOfOneDayIsOfThatDayOnly(t *testing.T) {
	q, err := (&getIn{From: "2026-11-22", To: "2026-11-22"}).query()
	day := business.NewDate(2026, 11, 22)
	if err != nil || q.From != day || q.To != day {
		t.Fatalf("%v: from %v to %v", err, q.From, q.To)
	}
	if _, err := (&getIn{To: "yesterday"}).query(); err == nil {
		t.Fatal("a day that is none was taken")
	}
}

package crm

import (
	"encoding/json"
	"slices"
	"time"
)

// movesDue reports whether a change may move the day of the next visit.
func movesDue(old, now Customer) bool {
	return old.Kind != now.Kind || old.Level != now.Level ||
		old.VisitEveryDays != now.VisitEveryDays || old.AssignedDay != now.AssignedDay ||
		old.LastVisitDay != now.LastVisitDay || (old.ArchivedAt == nil) != (now.ArchivedAt == nil)
}

// movesClocks reports whether a change may move a day on which the customer is due.
func movesClocks(old, now Customer) bool {
	same := func(a, b *time.Time) bool {
		return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
	}
	return movesDue(old, now) || old.Owner != now.Owner ||
		!same(old.LastVisitAt, now.LastVisitAt) || !same(old.ArchivedAt, now.ArchivedAt) ||
		!same(old.LastOrderAt, now.LastOrderAt) || !same(old.LastSaleAt, now.LastSaleAt)
}

// concerned are the people whose rows changed; 0 stands for nobody's rows, which
// only those see who see everything.
// A change for a whole team is told to everybody, who reads what they may.
func concerned(old, now Customer) []int64 {
	out := []int64{int64(old.Owner), int64(now.Owner)}
	for _, reader := range slices.Concat(old.SharedWith, now.SharedWith) {
		if reader < 0 {
			return nil
		}
		out = append(out, reader)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// diff names the fields that differ, by the names of the API.
func diff(old, now Customer) []FieldChange {
	before, after := fieldsOf(old), fieldsOf(now)
	out := []FieldChange{}
	for i := range after {
		if string(before[i].value) != string(after[i].value) {
			out = append(out, FieldChange{after[i].name,
				json.RawMessage(before[i].value), json.RawMessage(after[i].value)})
		}
	}
	return out
}

type namedField struct {
	name  string
	value []byte
}

func fieldsOf(c Customer) []namedField {
	var out []namedField
	add := func(name string, v any) {
		text, err := json.Marshal(v)
		if err != nil { // a float that is no number; the check let none through
			text = []byte(`null`)
		}
		out = append(out, namedField{name, text})
	}
	add("number", c.Number)
	add("name", c.Name)
	add("kind", c.Kind)
	add("level", c.Level)
	add("status", c.Status)
	add("owner_id", c.Owner)
	add("position", c.Position)
	add("district", c.District)
	add("address", c.Address)
	add("phone", c.Phone)
	add("licence", c.Licence)
	add("opening_hours", orEmpty(c.Hours))
	add("visit_every_days", c.VisitEveryDays)
	add("service_minutes", c.ServiceMinutes)
	add("last_visit_day", c.LastVisitDay)
	add("sales_stage", c.SalesStage)
	add("tags", orEmpty(c.Tags))
	add("shared_with", orEmpty(c.SharedWith))
	add("contacts", orEmpty(c.Contacts))
	add("sites", orEmpty(c.Sites))
	add("building", c.Building)
	add("stage", c.Stage)
	add("channel", c.Channel)
	add("photo", c.Photo)
	add("merged_into", c.MergedInto)
	add("archived_at", c.ArchivedAt)
	return out
}

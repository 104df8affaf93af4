package app

import (
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"beatplan/business"
)

// all is every row of the money, as text.
func (m *machine) all(t *rapid.T) string {
	const sqlAll = `
select coalesce(sum(hashtextextended(x, 0)), 0)::text from (
	select d::text x from ordering.document d union all select l::text from ordering.line l
	union all select n::text from fulfilment.note n union all select l::text from fulfilment.note_line l
	union all select j::text from finance.journal j union all select p::text from finance.posting p
	union all select i::text from finance.item i union all select r::text from finance.receipt r
	union all select x::text from finance.tender x union all select a::text from finance.allocation a
	union all select c::text from finance.collection c union all select c::text from finance.customer c
	union all select s::text from finance.submission s
	union all select s::text from finance.submitted_item s
	union all select s::text from finance.submitted_tender s union all select k::text from crm.customer k
	union all select e::text from audit.entry e union all select k::text from idem.keys k) rows`
	var s string
	if err := m.DB.QueryRow(m.t.Context(), sqlAll).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// posted reads the journals after the last one that was looked at.
func (m *machine) posted(t *rapid.T) []entry {
	rows, err := m.DB.Query(m.t.Context(), `
select j.id, j.kind, j.number, p.account || '/' || coalesce(p.customer_id, 0), p.amount_cents
from finance.journal j left join finance.posting p on p.journal_id = j.id
where j.id > $1 order by j.id, p.line`, m.last)
	if err != nil {
		t.Fatal(err)
	}
	var found []entry
	var id, amount int64
	var kind, number, account string
	_, err = pgx.ForEachRow(rows, []any{&id, &kind, &number, &account, &amount}, func() error {
		if id != m.last {
			found, m.last = append(found, entry{kind, number, map[string]business.Money{}}), id
		}
		found[len(found)-1].lines[account] += business.Money(amount)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

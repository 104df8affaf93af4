package pgtest

import (
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/internal/db"
)

func TestTxIsMigratedAndAlone(t *testing.T) {
	for range 2 { // the second finds nothing of the first
		t.Run("tx", func(t *testing.T) {
			tx := Tx(t)
			const sqlPut = `insert into idem.keys (actor, key, request) values (1, 'k', 'r')`
			if _, err := tx.Exec(t.Context(), sqlPut); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestDBIsFreshAndKnowsPostGIS(t *testing.T) {
	a, b := DB(t), DB(t)
	ctx := t.Context()
	if _, err := a.Exec(ctx, `create table only_here (p geometry(point, 4326))`); err != nil {
		t.Fatal(err)
	}
	want := orb.Point{-75.5, 39.7}
	if _, err := a.Exec(ctx, `insert into only_here values ($1)`, want); err != nil {
		t.Fatal(err)
	}
	var got orb.Point
	if err := a.QueryRow(ctx, `select p from only_here`).Scan(&got); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := b.Exec(ctx, `select * from only_here`); err == nil {
		t.Error("databases share tables")
	}
}

func TestURLOpensTheSameDatabase(t *testing.T) {
	d := DB(t)
	other, err := db.Open(t.Context(), URL(d))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var a, b string
	if err := d.QueryRow(t.Context(), `select current_database()`).Scan(&a); err != nil {
		t.Fatal(err)
	}
	if err := other.QueryRow(t.Context(), `select current_database()`).Scan(&b); err != nil {
		t.Fatal(err)
	}
	if a != b {
		t.Errorf("%s is not %s", a, b)
	}
}

// Chinese names sort by pinyin: 安 (ān) 北 (běi) 中 (zhōng), whatever their code points.
func TestCollationOfNames(t *testing.T) {
	var got string
	err := Tx(t).QueryRow(t.Context(), `
select string_agg(n, '' order by n collate public.names)
from unnest(array['中', '北', '安']) n`).Scan(&got)
	if err != nil || got != "安北中" {
		t.Errorf("got %s, %v", got, err)
	}
}

func BenchmarkDB(b *testing.B) {
	DB(b)
	begin := time.Now()
	for b.Loop() {
		s := join(b)
		name := s.freshName()
		if err := s.copyTemplate(b.Context(), name); err != nil {
			b.Fatal(err)
		}
		if err := s.drop(b.Context(), name); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(time.Since(begin).Seconds()/float64(b.N), "s/database")
}

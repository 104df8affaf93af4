package business

import (
	"encoding/json"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestMoneyIsExact(t *testing.T) {
	for text, want := range map[string]Money{
		"0": 0, "1": 100, "1.5": 150, "¥1,234.05": 123405, "-0.01": -1, ".5": 50,
	} {
		if got, err := ParseMoney(text); err != nil || got != want {
			t.Errorf("%q is %d (%v), want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-", ".", "1.005", "1e3", "+1", "--1", "1.-5", "abc"} {
		if got, err := ParseMoney(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
	if got := Money(333).Times(1500); got != 500 { // 3.33 × 1.5 = 4.995
		t.Errorf("3.33 × 1.5 = %v", got)
	}
	if got := Money(11300).Included(1300); got != 1300 {
		t.Errorf("13 %% in 113.00 is %v", got)
	}
}

func TestPartsAddUpToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := Money(rapid.Int64Range(0, 100_000_000_000).Draw(t, "amount"))
		whole := Quantity(rapid.Int64Range(1, int64(MaxQuantity)).Draw(t, "whole"))
		var sum Money
		var done Quantity
		for done < whole {
			next := done + Quantity(rapid.Int64Range(1, int64(whole-done)).Draw(t, "part"))
			part := amount.Share(next, whole) - amount.Share(done, whole)
			if part < 0 {
				t.Fatalf("a part of %v", part)
			}
			sum, done = sum+part, next
		}
		if sum != amount {
			t.Fatalf("the parts of %v add up to %v", amount, sum)
		}
	})
}

func TestProductsRoundHalfAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Int64Range(-1_000_000_000, 1_000_000_000).Draw(t, "price")
		q := rapid.Int64Range(0, 1_000_000_000).Draw(t, "quantity")
		exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(price), big.NewInt(q)), big.NewInt(1000))
		got := new(big.Rat).SetInt64(int64(Money(price).Times(Quantity(q))))
		off := new(big.Rat).Sub(got, exact)
		if off.Abs(off).Cmp(big.NewRat(1, 2)) > 0 {
			t.Fatalf("%d × %d/1000 = %v, exactly %v", price, q, got, exact)
		}
	})
}

func TestQuantitiesTravelAsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Quantity(rapid.Int64Range(-1_000_000_000, 1_000_000_000).Draw(t, "q"))
		b, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		var back Quantity
		if err := json.Unmarshal(b, &back); err != nil || back != q {
			t.Fatalf("%v travels as %s and arrives as %v (%v)", q, b, back, err)
		}
	})
	if !Units(3).Fits(0) || Quantity(500).Fits(0) || !Quantity(500).Fits(1) {
		t.Error("a half fits one decimal and not none")
	}
}

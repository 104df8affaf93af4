package business

import (
	"fmt"
	"strconv"
	"strings"
)

// Ids of the documents of trade; see [PersonID].
type (
	ProductID  int64 // a product of the catalogue
	CategoryID int64 // a category of products
	OrderID    int64 // an order of a customer
	NoteID     int64 // a goods-out note
	ReceiptID  int64 // a receipt of money
)

// Money is an amount in minor units (cents, 分). Sums are exact; a product with a
// quantity is rounded half away from zero ([Money.Times]).
type Money int64

// MaxMoney bounds every single amount, so that sums of many stay exact in JSON.
const MaxMoney Money = 1_000_000_000_000

// SumLimit is up to how many documents a list counts and sums up: beyond it, the
// filter has to say more before there is a sum.
const SumLimit = 100_000

// String gives "1234.50".
func (m Money) String() string {
	sign, n := "", int64(m)
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// ParseMoney reads "1,234.5", with at most two decimals and an optional ¥ or $.
func ParseMoney(s string) (Money, error) {
	n, err := parseFixed(strings.TrimLeft(strings.TrimSpace(s), "¥￥$"), 2)
	if err != nil || n > int64(MaxMoney) || n < -int64(MaxMoney) {
		return 0, fmt.Errorf("%q is not an amount", s)
	}
	return Money(n), nil
}

// Times is the amount of q units at the price m.
func (m Money) Times(q Quantity) Money { return Money(mulDiv(int64(m), int64(q), int64(One))) }

// Share is the part of m that falls on done of whole, rounded; the whole of it
// when done equals whole, so that parts that are differences of shares add up.
func (m Money) Share(done, whole Quantity) Money {
	if whole == 0 {
		return 0
	}
	return Money(mulDiv(int64(m), int64(done), int64(whole)))
}

// Included is the tax of rate basis points that the gross amount m holds.
func (m Money) Included(rate int) Money {
	return Money(mulDiv(int64(m), int64(rate), int64(10_000+rate)))
}

// mulDiv is a·b/c, half away from zero, for c > 0. The product passes 2⁶³ when
// both are at their bounds, so it is split.
func mulDiv(a, b, c int64) int64 {
	negative := (a < 0) != (b < 0)
	a, b = max(a, -a), max(b, -b)
	whole, rest := a/c, a%c
	n := whole*b + (2*rest*b+c)/(2*c)
	if negative {
		return -n
	}
	return n
}

// Quantity is an exact decimal with three places, kept in thousandths; it travels
// as text, "2.5".
type Quantity int64

// One is a quantity of 1, MaxQuantity the largest of a line.
const (
	One         Quantity = 1000
	MaxQuantity Quantity = 1_000_000 * One
)

// Units is the quantity of n whole units.
func Units(n int64) Quantity { return Quantity(n) * One }

// String gives "2.5", without zeros that say nothing.
func (q Quantity) String() string {
	sign, n := "", int64(q)
	if n < 0 {
		sign, n = "-", -n
	}
	text := fmt.Sprintf("%d.%03d", n/int64(One), n%int64(One))
	return sign + strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// ParseQuantity reads "1,200.5", with at most three decimals.
func ParseQuantity(s string) (Quantity, error) {
	n, err := parseFixed(strings.TrimSpace(s), 3)
	if err != nil {
		return 0, fmt.Errorf("%q is not a quantity", s)
	}
	return Quantity(n), nil
}

// Fits reports whether the quantity has no more than that many decimals.
func (q Quantity) Fits(decimals int) bool {
	step := Quantity(1)
	for range 3 - decimals {
		step *= 10
	}
	return q%step == 0
}

// MarshalText gives what String gives.
func (q Quantity) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// UnmarshalText reads what MarshalText gives.
func (q *Quantity) UnmarshalText(text []byte) error {
	parsed, err := ParseQuantity(string(text))
	if err == nil {
		*q = parsed
	}
	return err
}

func parseFixed(s string, places int) (int64, error) {
	s = strings.ReplaceAll(s, ",", "")
	whole, part, dotted := strings.Cut(s, ".")
	digits := strings.TrimPrefix(whole, "-")
	if len(part) > places || digits+part == "" || dotted && part == "" && digits == "" ||
		strings.ContainsAny(part, "+-") || strings.ContainsAny(digits, "+-") || len(digits) > 13 {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseInt(digits+part+strings.Repeat("0", places-len(part)), 10, 64)
	if strings.HasPrefix(whole, "-") {
		n = -n
	}
	return n, err
}

package app

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/crm"
	"beatplan/geo/poi"
	"beatplan/internal/scope"
	"beatplan/territory/market"
)

// The state whose white space is measured: a rectangle of about 6,300 km².
const (
	benchShops   = 50_000
	benchClients = 20_000
)

// benchWhiteSpace prints how long the white space of a state takes at resolution 8:
// cold, that is with reading and matching every shop and customer, and after one
// customer changed.
func benchWhiteSpace(ctx context.Context, out io.Writer) error {
	a, end, err := benchOpen(ctx, func(*Options) {})
	if err != nil {
		return err
	}
	defer end()
	rng := rand.New(rand.NewPCG(8, 2026))
	shops := benchStreet(rng)
	file := filepath.Join(a.Config.Data, PlacesFile)
	err = poi.Write(file, func(each func(poi.Place) error) error {
		for _, p := range shops {
			if err := each(p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	a.Market.Regions = whiteRegion{{ID: "bench", Path: file}}
	pins := benchPins(rng, shops)
	a.Index.Fill(pins, nil)
	ask := func() (market.Cells, time.Duration, error) {
		began := time.Now()
		found, err := a.Market.Cells(ctx, market.Caller{Scope: scope.Everything()},
			market.CellQuery{Resolution: 8, Limit: market.MaxCells})
		return found, time.Since(began), err
	}
	state, cold, err := ask()
	if err != nil {
		return err
	}
	var warm []time.Duration
	for i := range 20 {
		lost := pins[i*97] // the index keeps what it was given
		lost.Status = crm.Lost
		a.Index.Put(&lost)
		_, took, err := ask()
		if err != nil {
			return err
		}
		warm = append(warm, took)
	}
	slices.Sort(warm)
	fmt.Fprintf(out, "white_state_cells %d cells\n", state.Totals.Cells)
	fmt.Fprintf(out, "white_state_s %.3f s\n", cold.Seconds())
	_, err = fmt.Fprintf(out, "white_update_p95_ms %.1f ms\n", ms(warm[len(warm)*95/100]))
	return err
}

// whiteRegion is the places of a made-up region.
type whiteRegion []market.File

// Places lists them.
func (r whiteRegion) Places() ([]market.File, error) { return r, nil }

// benchStreet makes shops in towns of unequal size and in the country between them.
func benchStreet(rng *rand.Rand) []poi.Place {
	kinds := []string{"shop/supermarket", "shop/bakery", "shop/convenience", "amenity/fuel",
		"amenity/restaurant"}
	names := []string{"Golden", "River", "Corner", "Harbour", "Union", "Liberty", "Maple", "Stone",
		"Silver", "Oak"}
	out := make([]poi.Place, benchShops)
	for i := range out {
		at := orb.Point{-75.8 + 0.7*rng.Float64(), 38.45 + 1.35*rng.Float64()}
		if town := rng.IntN(40); i%4 > 0 {
			at = orb.Point{-75.75 + 0.6*float64(town%8)/7 + 0.02*rng.NormFloat64(),
				38.5 + 1.2*float64(town/8)/4 + 0.02*rng.NormFloat64()}
		}
		out[i] = poi.Place{ID: fmt.Sprintf("node-%d", i+1), Kind: kinds[rng.IntN(len(kinds))], Point: at,
			Name: fmt.Sprintf("%s %s %d", names[rng.IntN(10)], names[rng.IntN(10)], rng.IntN(500))}
	}
	return out
}

// benchPins makes customers, three of four of them shops of the map.
func benchPins(rng *rand.Rand, shops []poi.Place) []crm.MapPin {
	out := make([]crm.MapPin, benchClients)
	for i := range out {
		s := shops[rng.IntN(len(shops))]
		if i%4 == 0 {
			s.Name = fmt.Sprintf("Trader %d", i)
		}
		out[i] = crm.MapPin{ID: business.CustomerID(i + 1), Name: s.Name, Kind: s.Kind, Level: crm.B,
			Status: crm.Active, Owner: business.PersonID(1 + rng.IntN(40)), Position: &s.Point,
			Deals: rng.Int64N(1_000_000)}
	}
	return out
}

package routing

import (
	"context"

	"github.com/paulmach/orb"

	"beatplan/geo"
)

// SnapLimit is how far from a road a point may lie by default.
const SnapLimit geo.Meters = 1000

// MaxRoutePoints bounds one route.
const MaxRoutePoints = 500

// Engine answers for one region and one profile.
type Engine struct {
	region Region
}

// Region describes the region that the engine answers for.
func (e *Engine) Region() Region { return e.region }

// Snap brings p to the nearest usable road within limit (SnapLimit when 0).
// It fails with ErrBadPoint or ErrNoRoadNear.
func (e *Engine) Snap(p orb.Point, limit geo.Meters) (Snap, error) {
	return Snap{}, ErrNoRoadNear
}

// Route finds the fastest way through pts in their order. It fails with
// ErrBadPoint, ErrFewPoints, ErrTooMany, ErrNoRoadNear or ErrUnreachable.
func (e *Engine) Route(ctx context.Context, pts []orb.Point) (Route, error) {
	return Route{}, ErrNoRoadNear
}

// Matrix finds times and lengths from every source to every target. Points
// without a road become Unreachable rows and columns with their fault; it
// fails only with ErrBadPoint, ErrTooMany or ctx's error.
func (e *Engine) Matrix(ctx context.Context, sources, targets []orb.Point) (Matrix, error) {
	return Matrix{}, ErrNoRoadNear
}

// Table is Matrix between points that were snapped before: for customers whose
// snaps are stored, for one-to-many and many-to-one.
func (e *Engine) Table(ctx context.Context, sources, targets []Snap) (Matrix, error) {
	return Matrix{}, ErrNoRoadNear
}

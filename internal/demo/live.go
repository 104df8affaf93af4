package demo

import (
	"context"
	"fmt"

	"beatplan/geo/track"
)

// agree has everybody of the demo agree to being located on duty, once: who took
// it back on a screen is not asked again.
func (h House) agree(ctx context.Context, people []worker) error {
	for _, w := range people {
		c, err := h.Track.Consent(ctx, int64(w.ID))
		if err == nil && c.At == nil {
			err = h.Track.Decide(ctx, int64(w.ID), track.ConsentVersion, true)
		}
		if err != nil {
			return fmt.Errorf("consent of %s: %w", w.Name, err)
		}
	}
	return nil
}

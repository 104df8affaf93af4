package app

import (
	"context"
	"time"

	"beatplan/internal/config"
	"beatplan/routing"
)

// Import makes a road map and a basemap of an OpenStreetMap extract. The name of
// the region is taken from the file when it is empty. A server that is running
// on the same data folder sees the region within seconds.
func Import(ctx context.Context, c *config.Config, file, name string, bar *Bar) (routing.Region, error) {
	defer bar.End()
	return routing.NewStore(RegionsDir(c)).Import(ctx, routing.Import{
		Extract: file, Name: name, Builds: regionBuilds(), Progress: bar.Set, Now: time.Now,
	})
}

// regionBuilds are the files of a region beside its roads.
func regionBuilds() map[string]routing.Builder { return nil }

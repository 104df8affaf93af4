package main

import (
	"os"

	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func benchLiveCommand() *cobra.Command {
	var extract string
	var quick bool
	cmd := &cobra.Command{
		Use: "live", Short: "Measure positions, trajectories and dispatch", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.BenchLive(cmd.Context(), extract, quick, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&extract, "osm", os.Getenv("BEATPLAN_OSM"), "extract of the dispatch's roads")
	cmd.Flags().BoolVar(&quick, "quick", false, "fewer repetitions, same size")
	return cmd
}

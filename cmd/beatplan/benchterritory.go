package main

import (
	"os"

	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func benchTerritoryCommand() *cobra.Command {
	var extract, shared string
	var quick bool
	cmd := &cobra.Command{
		Use: "territory", Short: "Measure territory plans and white space", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.BenchTerritory(cmd.Context(), extract, shared, quick, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&extract, "osm", os.Getenv("BEATPLAN_OSM"), "extract of Delaware")
	cmd.Flags().StringVar(&shared, "data", sharedData(), "folder of instances and road maps")
	cmd.Flags().BoolVar(&quick, "quick", false, "fewer repetitions, same size")
	return cmd
}

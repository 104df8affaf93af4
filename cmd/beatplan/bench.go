package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func benchCommand(*cli) *cobra.Command {
	cmd := &cobra.Command{Use: "bench", Short: "Measure this machine, a figure a line"}
	cmd.AddCommand(benchRoadCommand(), benchTilesCommand(), benchVisitsCommand(), benchVRPCommand(),
		benchTerritoryCommand(), benchCRMCommand(), benchLiveCommand(), benchKillCommand(),
		benchPageCommand())
	return cmd
}

func benchRoadCommand() *cobra.Command {
	var extract, city string
	var quick, mosaic bool
	cmd := &cobra.Command{
		Use: "road", Short: "Measure imports, routes and matrices", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if mosaic {
				return app.BenchMosaic(cmd.Context(), extract, city, cmd.OutOrStdout())
			}
			return app.BenchRoad(cmd.Context(), extract, city, quick, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&extract, "osm", os.Getenv("BEATPLAN_OSM"),
		"extract whose import is measured")
	cmd.Flags().StringVar(&city, "city", filepath.Join(sharedData(), "roads", "porto-roads.osm.pbf"),
		"extract of the queries, where it is at hand")
	cmd.Flags().BoolVar(&quick, "quick", false, "fewer repetitions, same size")
	cmd.Flags().BoolVar(&mosaic, "mosaic", false, "only the mosaic: 3 × 3 copies of the city")
	return cmd
}

func benchVisitsCommand() *cobra.Command {
	var quick bool
	cmd := &cobra.Command{
		Use: "visits", Short: "Measure warnings over a million customers", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.BenchVisits(cmd.Context(), quick, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&quick, "quick", false, "fewer repetitions, same size")
	return cmd
}

func benchTilesCommand() *cobra.Command {
	var customers int
	var quick bool
	cmd := &cobra.Command{
		Use: "tiles", Short: "Measure the map of customers", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.BenchTiles(cmd.Context(), customers, quick, cmd.OutOrStdout())
		},
	}
	cmd.Flags().IntVar(&customers, "customers", 1_000_000, "how many")
	cmd.Flags().BoolVar(&quick, "quick", false, "fewer repetitions, same size")
	return cmd
}

func benchPageCommand() *cobra.Command {
	var customers int
	cmd := &cobra.Command{
		Use: "page", Short: "Serve many customers to the browser that measures the page (make bench-page)",
		Args: cobra.NoArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.BenchPage(cmd.Context(), customers, cmd.OutOrStdout())
		},
	}
	cmd.Flags().IntVar(&customers, "customers", 100_000, "how many")
	return cmd
}

// sharedData is the folder of the common test data.
func sharedData() string {
	if dir := os.Getenv("BEATPLAN_SHARED_DATA"); dir != "" {
		return dir
	}
	return filepath.Join("..", "shared", "data")
}

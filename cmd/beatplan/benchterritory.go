package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func benchTerritoryCommand() *cobra.Command {
	var dir string
	var quick bool
	cmd := &cobra.Command{
		Use: "territory", Short: "Measure territory plans and white space", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.BenchTerritory(cmd.Context(), dir, quick, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&dir, "data", filepath.Join(sharedData(), "territory"),
		"folder of published instances")
	cmd.Flags().BoolVar(&quick, "quick", false, "fewer repetitions, same size")
	return cmd
}

package main

import (
	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func benchCRMCommand() *cobra.Command {
	var quick bool
	cmd := &cobra.Command{
		Use: "crm", Short: "Measure lists, searches and imports of a million customers",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.BenchCustomers(cmd.Context(), quick, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&quick, "quick", false, "fewer repetitions, same size")
	return cmd
}

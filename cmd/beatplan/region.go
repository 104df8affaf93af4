package main

import (
	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func regionCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "region", Short: "List, check and drop imported regions"}
	cmd.AddCommand(&cobra.Command{
		Use: "list", Short: "List the regions, newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.ListRegions(c.config, cmd.OutOrStdout())
		},
	}, &cobra.Command{
		Use: "drop REGION", Short: "Remove a region, by id or name", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.DropRegion(c.config, args[0], cmd.OutOrStdout())
		},
	}, &cobra.Command{
		Use: "check [REGION]", Short: "Verify the files of one region or all",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.CheckRegions(cmd.Context(), c.config, append(args, "")[0], cmd.OutOrStdout())
		},
	})
	return cmd
}

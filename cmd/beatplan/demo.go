package main

import (
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"beatplan/internal/app"
)

func demoCommand(c *cli) *cobra.Command {
	var d app.DemoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the demo company",
		Long: "Run the demo company: imports a road map, seeds people, customers and history, and\n" +
			"offers sign-in by one click. On any other address than loopback it does not.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.config.Source("log-level") == "default" {
				c.config.LogLevel = "warn" // the terminal belongs to the reader
			}
			o, err := c.options()
			if err != nil {
				return err
			}
			d.Out = cmd.OutOrStdout()
			d.Terminal = term.IsTerminal(int(os.Stdout.Fd()))
			return app.Demo(cmd.Context(), o, d)
		},
	}
	cmd.Flags().StringVar(&d.Extract, "osm", os.Getenv("BEATPLAN_OSM"),
		"OpenStreetMap extract to import when there is no road map yet")
	cmd.Flags().BoolVar(&d.Now, "demo-now", true,
		"begin at half past ten in the morning of the company's time zone; never goes back")
	return cmd
}

package main

import (
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"beatplan/internal/app"
)

// countryHelp says what a country is for.
const countryHelp = "country whose law and side of driving hold, such as GB; from the extract when empty"

func importCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "import", Short: "Bring in maps"}
	cmd.AddCommand(importOSMCommand(c))
	return cmd
}

func importOSMCommand(c *cli) *cobra.Command {
	var name, country string
	var profiles []string
	cmd := &cobra.Command{
		Use:   "osm FILE",
		Short: "Make a road map and a basemap of an OpenStreetMap extract",
		Long: "Make a road map and a basemap of an OpenStreetMap extract (.osm.pbf, or .osm plain,\n" +
			"gzipped or bzipped). The region appears when all of it is complete, also for a\n" +
			"server that is running; a region of the same name is replaced. After a failure or\n" +
			"a kill everything is as before.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			bar := app.NewBar(cmd.ErrOrStderr(), term.IsTerminal(int(os.Stderr.Fd())))
			region, err := app.Import(cmd.Context(), c.config, app.ImportOrder{
				Extract: args[0], Name: name, Country: country, More: profiles}, bar)
			if err != nil {
				return err
			}
			return app.PrintRegion(cmd.OutOrStdout(), region)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name of the region; from the file's name when empty")
	cmd.Flags().StringVar(&country, "country", "", countryHelp)
	cmd.Flags().StringSliceVar(&profiles, "profiles", nil,
		"networks beside the car's: foot, bicycle, motorcycle, or a .yaml file of your own")
	return cmd
}

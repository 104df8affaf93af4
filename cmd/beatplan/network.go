package main

import (
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"beatplan/internal/app"
)

func networkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "network",
		Short: "Routing alone: build a road network and serve OSRM's protocol",
	}
	cmd.AddCommand(networkBuildCommand(), networkServeCommand())
	return cmd
}

func networkBuildCommand() *cobra.Command {
	var profile, country string
	cmd := &cobra.Command{
		Use: "build IN.osm.pbf OUT", Short: "Make a network file of an OpenStreetMap extract",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			bar := app.NewBar(cmd.ErrOrStderr(), term.IsTerminal(int(os.Stderr.Fd())))
			return app.BuildNetwork(cmd.Context(), app.NetworkOrder{
				Extract: args[0], Out: args[1], Profile: profile, Country: country}, bar)
		},
	}
	cmd.Flags().StringVar(&profile, "profile", "car",
		"car, motorcycle, bicycle, foot, or a .yaml file of your own")
	cmd.Flags().StringVar(&country, "country", "", countryHelp)
	return cmd
}

func networkServeCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use: "serve FILE", Short: "Answer OSRM's protocol from a network file",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.ServeNetwork(cmd.Context(), args[0], listen, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:5000", "address, host:port")
	return cmd
}

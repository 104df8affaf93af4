package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func routeCommand(c *cli) *cobra.Command {
	var language string
	cmd := &cobra.Command{
		Use:     "route LON,LAT LON,LAT …",
		Short:   "Print the fastest way through two or more points, turn by turn",
		Example: "  beatplan route -- -75.5244,39.1582 -75.5466,39.7459",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			points := make([]orb.Point, len(args))
			for i, a := range args {
				var err error
				if points[i], err = parsePoint(a); err != nil {
					return err
				}
			}
			return app.PrintRoute(cmd.Context(), c.config, points, language, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&language, "language", "en", "of the instructions: en or zh")
	return cmd
}

// parsePoint reads "lon,lat".
func parsePoint(text string) (orb.Point, error) {
	lon, lat, ok := strings.Cut(text, ",")
	x, errX := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	y, errY := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	if !ok || errX != nil || errY != nil {
		return orb.Point{}, fmt.Errorf("%q is no point; write longitude,latitude", text)
	}
	return orb.Point{x, y}, nil
}

package main

import (
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func serveCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run a company's server",
		Long: "Run a company's server. With no settings it starts its own PostgreSQL with PostGIS\n" +
			"and keeps everything in the data folder. With --companies it serves several companies,\n" +
			"each with a database of its own, told apart by the host name of the request.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := c.options()
			if err != nil {
				return err
			}
			if c.config.Companies != "" {
				return app.ServeCompanies(cmd.Context(), o, cmd.OutOrStdout())
			}
			return app.Serve(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
}

// options are what a server needs beside its configuration.
func (c *cli) options() (app.Options, error) {
	log, err := c.logger()
	return app.Options{Config: c.config, Log: log, Version: version()}, err
}

// logger writes to stderr: stdout is for what a person asked for.
func (c *cli) logger() (*slog.Logger, error) {
	return app.Logger(os.Stderr, c.config)
}

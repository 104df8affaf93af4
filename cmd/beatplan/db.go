package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func dbCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "db", Short: "Look after the database"}
	var run bool
	distribute := &cobra.Command{
		Use:   "distribute",
		Short: "Spread positions over the machines of a Citus cluster, by person",
		Long: "Print the statements that spread the tables of positions over the machines of a Citus\n" +
			"cluster, every table by person, so that a person's rows lie together. With --run they\n" +
			"are executed on the database of --database-url, which must have the citus extension.\n" +
			"Nothing is done when a key stands in the way.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := c.logger()
			if err != nil {
				return err
			}
			statements, err := app.Distribute(cmd.Context(), c.config, run, log)
			for _, s := range statements {
				if _, err := fmt.Fprintln(cmd.OutOrStdout(), s+";"); err != nil {
					return err
				}
			}
			return err
		},
	}
	distribute.Flags().BoolVar(&run, "run", false, "execute the statements")
	cmd.AddCommand(distribute)
	return cmd
}

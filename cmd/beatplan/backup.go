package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func backupCommand(c *cli) *cobra.Command {
	o := app.BackupOptions{Version: version()}
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write everything that is kept into one file",
		Long: "Write database, files and certificates into one tar file, beside a running server or\n" +
			"without one. The file holds everything, so keep it as safe as the server.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			log, err := c.logger()
			if err != nil {
				return err
			}
			o.File = args[0]
			if err := app.Backup(cmd.Context(), c.config, o, log); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "Wrote", o.File)
			return err
		},
	}
	cmd.Flags().BoolVar(&o.Regions, "regions", false,
		"road maps too (they can also be imported again)")
	return cmd
}

func restoreCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Make an empty data folder what it was at a backup",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			log, err := c.logger()
			if err != nil {
				return err
			}
			m, err := app.Restore(cmd.Context(), c.config, args[0], log)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Restored the backup of %s into %s\n",
				m.At.Local().Format("2006-01-02 15:04"), c.config.Data)
			return err
		},
	}
}

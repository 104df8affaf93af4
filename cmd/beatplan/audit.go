package main

import (
	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func auditCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "The trail of every command"}
	cmd.AddCommand(&cobra.Command{
		Use:   "verify",
		Short: "Check that the trail was not touched; names the first bad row",
		Long: "Recompute the chain over the audit trail and compare it with the heads that are kept\n" +
			"outside the database, beside a running server or without one.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := c.logger()
			if err != nil {
				return err
			}
			return app.VerifyAudit(cmd.Context(), c.config, cmd.OutOrStdout(), log)
		},
	})
	return cmd
}

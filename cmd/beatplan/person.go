package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func personCommand(c *cli) *cobra.Command {
	cmd := &cobra.Command{Use: "person", Short: "Look after the people of a company"}
	var yes bool
	erase := &cobra.Command{
		Use:   "erase ID",
		Short: "Erase somebody who is not active any more, for good",
		Long: "Take away name, login, phone, places, photo and sign-ins of a person who is not active\n" +
			"any more, and destroy the key of what the audit trail holds of them. Documents go on\n" +
			"naming the person by number and the trail still verifies. Without --yes it only says\n" +
			"who it would be. Works beside a running server or without one.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("a person is named by their number: %w", err)
			}
			log, err := c.logger()
			if err != nil {
				return err
			}
			e := app.Erasure{Person: id, Confirmed: yes}
			return app.ErasePerson(cmd.Context(), c.config, e, cmd.OutOrStdout(), log)
		},
	}
	erase.Flags().BoolVar(&yes, "yes", false, "erase, which cannot be undone")
	cmd.AddCommand(erase)
	return cmd
}

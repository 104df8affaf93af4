package main

import "github.com/spf13/cobra"

func configCommand(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Print every setting, where it comes from and what it means",
		Long: "Print every setting as a configuration file, with where its value comes from.\n" +
			"Passwords are left out.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.config.Print(cmd.OutOrStdout())
		},
	}
}

// Command beatplan plans, drives and remembers the rounds of field salespeople.
//
// One file holds one command. Commands read flags and print; what they do is in
// internal/app.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // business days need zones on machines that have none

	"github.com/spf13/cobra"

	"beatplan/internal/config"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "beatplan: stopped")
		return 130
	}
	fmt.Fprintln(os.Stderr, "beatplan:", err)
	return 1
}

// cli is what all commands share: the configuration, loaded before they run.
type cli struct {
	config *config.Config
	file   string
}

func newRoot() *cobra.Command {
	c := &cli{config: config.Default()}
	root := &cobra.Command{
		Use:   "beatplan",
		Short: "A salesperson's best day, on real roads",
		Long: "Beatplan plans territories, rounds and visits of field salespeople on a real road\n" +
			"network. Every flag below is also an environment variable (BEATPLAN_LISTEN …)\n" +
			"and a key of the configuration file.",
		Version: version(), SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: c.load,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&c.file, "config", "", "configuration file (YAML; BEATPLAN_CONFIG)")
	for _, s := range c.config.Settings() {
		f := flags.VarPF(s, s.Name, "", s.Help)
		if s.IsBool() {
			f.NoOptDefVal = "true"
		}
	}
	root.AddCommand(
		serveCommand(c), demoCommand(c), configCommand(c), backupCommand(c), restoreCommand(c),
		auditCommand(c), personCommand(c),
		importCommand(c), regionCommand(c), routeCommand(c), benchCommand(c), solveCommand(),
		networkCommand(), dbCommand(c), streamCommand(c),
	)
	return root
}

func (c *cli) load(cmd *cobra.Command, _ []string) error {
	file := c.file
	if file == "" {
		file = os.Getenv("BEATPLAN_CONFIG")
	}
	if err := c.config.Load(file, cmd.Flags().Changed, os.Getenv); err != nil {
		return err
	}
	one, err := c.config.Tenanted()
	if err == nil {
		*c.config = *one
	}
	return err
}

// version is the module's version, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "development"
}

package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"beatplan/internal/app"
)

func solveCommand() *cobra.Command {
	var o app.SolveOptions
	var seconds float64
	var progress bool
	cmd := &cobra.Command{
		Use:   "solve FILE",
		Short: "Plan the routes of a problem file",
		Long: "Reads Solomon, Gehring–Homberger, CVRPLIB and TSPLIB files (also EXPLICIT matrices,\n" +
			"MDVRPTW and PCVRPTW), Cordeau's periodic, multi-depot and site-dependent files, TSPTW\n" +
			"matrices, and VROOM's JSON, and writes the plan.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.File = args[0]
			o.Time = time.Duration(seconds * float64(time.Second))
			if o.Time <= 0 && o.Iterations <= 0 {
				return fmt.Errorf("give --seconds or --iterations above 0")
			}
			if progress {
				o.Progress = cmd.ErrOrStderr()
			}
			return app.Solve(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.Float64Var(&seconds, "seconds", 0, "wall clock to spend")
	f.IntVar(&o.Iterations, "iterations", 0, "rounds to spend: the plan is then the same everywhere")
	f.Uint64Var(&o.Seed, "seed", 1, "another seed, another search")
	f.IntVar(&o.Threads, "threads", 0, "0 is one a processor")
	f.StringVar(&o.Output, "output", "", "table, sol or json (default: json for JSON, else table)")
	f.BoolVar(&progress, "progress", false, "tell the best cost so far on standard error")
	return cmd
}

func benchVRPCommand() *cobra.Command {
	var dir, only string
	var quick, verbose bool
	cmd := &cobra.Command{
		Use: "vrp", Short: "Measure the optimiser on published instances", Args: cobra.NoArgs,
		Long: "Solves every set of instances one after the other on all processors and prints a figure a\n" +
			"line: within three minutes with --quick, in some 35 minutes without. --only vrp_gh400 measures\n" +
			"one set, with --verbose a line an instance.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if verbose {
				return app.BenchVRP(cmd.Context(), dir, quick, only, cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return app.BenchVRP(cmd.Context(), dir, quick, only, cmd.OutOrStdout(), nil)
		},
	}
	cmd.Flags().StringVar(&dir, "instances", filepath.Join(sharedData(), "vrp"), "folder with BKS.json")
	cmd.Flags().StringVar(&only, "only", "", "figures whose name begins so")
	cmd.Flags().BoolVar(&quick, "quick", false, "within three minutes")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "a line an instance on standard error")
	return cmd
}

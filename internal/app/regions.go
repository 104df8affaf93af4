package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/poi"
	"beatplan/internal/config"
	"beatplan/routing"
	"beatplan/routing/guide"
	"beatplan/tiles/basemap"
)

// BasemapFile is the name of the basemap in a region's folder.
const BasemapFile = "basemap.pmtiles"

// ImportOrder is what Import is to make.
type ImportOrder = routing.Import

// Import makes a road map and a basemap of an OpenStreetMap extract, for cars and
// for what else is ordered. A server that is running on the same data folder sees the
// region within seconds.
func Import(
	ctx context.Context, c *config.Config, order ImportOrder, bar *Bar,
) (routing.Region, error) {
	defer bar.End()
	order.Builds, order.Progress, order.Now = regionBuilds(), bar.Set, time.Now
	return routing.NewStore(RegionsDir(c)).Import(ctx, order)
}

// regionBuilds are the files of a region beside its roads.
func regionBuilds() map[string]routing.Builder {
	return map[string]routing.Builder{
		BasemapFile: basemap.Build, GazetteerFile: buildGazetteer, PlacesFile: poi.Build,
	}
}

// PrintRegion tells what an import made and what it left out.
func PrintRegion(out io.Writer, r routing.Region) error {
	fmt.Fprintf(out, "%s (%s): %d ways, %.0f km, %d segments, %d turns, %d turn restrictions\n",
		r.Name, r.ID, r.Report.Ways, r.Report.Kilometers, r.Report.Segments, r.Report.Turns,
		r.Report.Restrictions)
	fmt.Fprintf(out, "  %s\n", whereDriven(r.Report))
	reasons := make([]string, 0, len(r.Report.Skipped))
	for reason, n := range r.Report.Skipped {
		reasons = append(reasons, fmt.Sprintf("  left out: %6d × %s", n, reason))
	}
	slices.Sort(reasons)
	_, err := fmt.Fprintln(out, strings.Join(append(reasons, "  in "+r.Dir), "\n"))
	return err
}

// whereDriven says which country's rules hold.
func whereDriven(r routing.Report) string {
	side := "on the right"
	if r.Left {
		side = "on the left"
	}
	if r.Country == "" {
		return "country not known (--country names it), driving " + side
	}
	return "country " + r.Country + ", driving " + side
}

// ListRegions prints the regions of the data folder, newest first.
func ListRegions(c *config.Config, out io.Writer) error {
	all, err := routing.NewStore(RegionsDir(c)).List()
	if err != nil {
		return err
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(out, "No region yet. Import one: beatplan import osm FILE.osm.pbf")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tNAME\tCOUNTRY\tIMPORTED\tPROFILES\tKM\tMB\tWEST SOUTH EAST NORTH")
	for _, r := range all {
		size := int64(0)
		for _, f := range r.Files {
			size += f.Size
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%.0f\t%.1f\t%.3f %.3f %.3f %.3f\n", r.ID, r.Name,
			cmp.Or(r.Report.Country, "-"),
			r.Created.Local().Format("2006-01-02 15:04"), strings.Join(r.Profiles(), ","),
			r.Report.Kilometers, float64(size)/1e6,
			r.Box.Min[0], r.Box.Min[1], r.Box.Max[0], r.Box.Max[1])
	}
	return table.Flush()
}

// DropRegion removes a region, given by id or name.
func DropRegion(c *config.Config, idOrName string, out io.Writer) error {
	r, err := routing.NewStore(RegionsDir(c)).Drop(idOrName)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s (%s) is gone.\n", r.Name, r.ID)
	return err
}

// CheckRegions verifies one region's files, or those of all when none is named.
func CheckRegions(ctx context.Context, c *config.Config, idOrName string, out io.Writer) error {
	store := routing.NewStore(RegionsDir(c))
	names := []string{idOrName}
	if idOrName == "" {
		all, err := store.List()
		if err != nil {
			return err
		}
		names = names[:0]
		for _, r := range all {
			names = append(names, r.ID)
		}
	}
	for _, name := range names {
		if err := store.Check(ctx, name); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s is complete and undamaged.\n", name)
	}
	return nil
}

// PrintRoute prints the fastest way through points on the imported roads, manoeuvre by
// manoeuvre, in a language.
func PrintRoute(
	ctx context.Context, c *config.Config, points []orb.Point, language string, out io.Writer,
) error {
	roads, err := routing.Open(RegionsDir(c))
	if err != nil {
		return err
	}
	defer roads.Close()
	for _, fault := range roads.Faults() {
		fmt.Fprintln(out, fault)
	}
	route, err := roads.Route(ctx, points)
	if err != nil {
		return err
	}
	steps, err := roads.StepsOf(route)
	if err != nil {
		return err
	}
	for i, leg := range route.Legs {
		fmt.Fprintf(out, "leg %d: %v, %v\n", i+1, leg.Duration.Round(time.Second), leg.Distance)
		for _, s := range steps[i] {
			fmt.Fprintf(out, "  %9v  %s\n", s.Distance, s.Text(guide.Choose(language)))
		}
	}
	_, err = fmt.Fprintf(out, "total: %v, %v\n", route.Duration.Round(time.Second), route.Distance)
	return err
}

package routing

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"beatplan/geo"
	"beatplan/geo/osm"
	"beatplan/routing/network"
	"beatplan/routing/path"
)

// Car is the profile that every region has; foot, bicycle, motorcycle and the user's own
// may be imported beside it.
const Car = "car"

// networkFile is the name of a profile's network in a region's folder.
func networkFile(profile string) string { return profile + networkEnd }

const networkEnd = ".net"

// built is what building a network tells about it.
type built struct {
	box, extent geo.Box
	report      Report
}

// buildNetwork turns an extract into a network file. It fails with
// ErrBrokenExtract, ErrNoRoads, ctx's error or that of the file system.
func buildNetwork(
	ctx context.Context, extract, out string, profile *network.Profile,
	progress func(string, float64),
) (built, error) {
	header, err := osm.ReadHeader(extract)
	if err != nil {
		return built{}, extractError(err)
	}
	draft, err := network.Read(ctx, extract, profile, progress)
	if err != nil {
		return built{}, extractError(err)
	}
	outline := draft.Outline()
	if len(outline.From) == 0 {
		return built{}, ErrNoRoads
	}
	progress("ordering", 0)
	order := path.Dissect(outline)
	progress("expanding turns", 0)
	net := draft.Finish(order)
	if err := ctx.Err(); err != nil {
		return built{}, err
	}
	progress("contracting", 0)
	graph := net.Graph()
	hierarchy := path.NewTopology(graph).Customise(graph.Cost)
	if err := ctx.Err(); err != nil {
		return built{}, err
	}
	progress("writing", 0)
	var file network.Sections
	net.Put(&file)
	hierarchy.Put(&file)
	r := draft.Report()
	return built{
		box: net.Box, extent: header.Box,
		report: Report{
			Ways: r.Ways, Segments: r.Segments, Turns: r.Turns, Restrictions: r.Restrictions,
			Kilometers: r.Kilometers, Country: r.Country, Left: r.Left, Skipped: r.Skipped,
		},
	}, file.WriteFile(out)
}

// Build is an order to make a network file of an extract, outside of any store.
type Build struct {
	Extract string
	Out     string // the file, for OpenFile
	Profile string // one that comes with the program or a .yaml file; "" is the car's
	Country string // ISO 3166-1, "" takes it from the extract
	// Progress, when set, hears the step in hand and its share done, 0 to 1.
	Progress func(step string, done float64)
}

// BuildFile makes a network file, which appears when it is complete. It fails with
// ErrUnknownProfile, ErrUnknownCountry, ErrBrokenExtract or ErrNoRoads.
func BuildFile(ctx context.Context, order Build) (Report, error) {
	if order.Profile == "" {
		order.Profile = Car
	}
	p, err := readProfile(order.Profile, order.Country)
	if err != nil {
		return Report{}, err
	}
	if order.Progress == nil {
		order.Progress = func(string, float64) {}
	}
	aside := order.Out + ".part"
	made, err := buildNetwork(ctx, order.Extract, aside, p, order.Progress)
	if err != nil {
		return Report{}, errors.Join(err, os.RemoveAll(aside))
	}
	return made.report, os.Rename(aside, order.Out)
}

// readProfile is network.ReadProfile with errors for whoever gave the order, and for a
// country when he named one.
func readProfile(nameOrFile, country string) (*network.Profile, error) {
	if country != "" && !network.ValidCountry(country) {
		return nil, ErrUnknownCountry.With("country", country)
	}
	p, err := network.ReadProfile(nameOrFile)
	switch {
	case err == nil:
		if country != "" {
			p.Country = country
		}
		return p, nil
	case network.OwnProfile(nameOrFile): // the sentence holds the reason
		return nil, ErrUnknownProfile.With("profile", nameOrFile).
			Saying("The profile cannot be used: %v.", err)
	}
	return nil, ErrUnknownProfile.With("profile", nameOrFile).Because(err)
}

// extractError turns a failure to read an extract into one for its owner.
func extractError(err error) error {
	var format *osm.FormatError
	switch {
	case errors.As(err, &format):
		// The sentence holds the reason: a cause beside it would tell it twice.
		return ErrBrokenExtract.Saying("%s", format.Error()).With("file", format.Path)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return ErrBrokenExtract.Saying("The extract cannot be opened: %v.", err)
	}
	return err
}

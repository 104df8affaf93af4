package routing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"beatplan/routing/network"
)

// The names inside a store.
const (
	regionFile  = "region.json"
	lockFile    = ".lock"
	buildPrefix = ".building-"
	dropPrefix  = ".dropped-"
)

// storeFormat is the version of a region's folder.
const storeFormat = 1

// Store is the folder of regions on one machine, shared by all companies. A
// region is a folder named by its hash; it exists from the moment that a
// finished folder is renamed to that name.
type Store struct{ dir string }

// NewStore names the folder; it is created by the first import.
func NewStore(dir string) *Store { return &Store{dir: dir} }

// List returns the complete regions, newest first.
func (s *Store) List() ([]Region, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Region
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		r, err := s.read(e.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue // dropped just now, or not a region
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Region) int {
		return b.Created.Compare(a.Created)
	})
	return out, nil
}

func (s *Store) read(id string) (Region, error) {
	dir := filepath.Join(s.dir, id)
	text, err := os.ReadFile(filepath.Join(dir, regionFile))
	if err != nil {
		return Region{}, err
	}
	r := Region{}
	if json.Unmarshal(text, &r) != nil {
		r = Region{Name: id} // Check and OpenEngine tell what is wrong
	}
	r.ID, r.Dir = id, dir
	return r, nil
}

// Find returns the region of that id, beginning of an id, or name.
func (s *Store) Find(idOrName string) (Region, error) {
	all, err := s.List()
	if err != nil {
		return Region{}, err
	}
	for _, r := range all {
		if r.Name == idOrName || len(idOrName) >= 4 && strings.HasPrefix(r.ID, idOrName) {
			return r, nil
		}
	}
	return Region{}, ErrUnknownRegion.With("region", idOrName)
}

// Drop removes a region, given by id (or its beginning) or name. Programs that
// have it open keep it until they look again.
func (s *Store) Drop(idOrName string) (Region, error) {
	r, err := s.Find(idOrName)
	if err != nil {
		return Region{}, err
	}
	return r, s.remove(r)
}

// remove takes a region away in one step, then deletes its files.
func (s *Store) remove(r Region) error {
	aside := filepath.Join(s.dir, dropPrefix+r.ID)
	if err := os.RemoveAll(aside); err != nil {
		return err
	}
	if err := os.Rename(r.Dir, aside); err != nil {
		return err
	}
	return os.RemoveAll(aside)
}

// Check reads every file of a region and compares it with its checksum. It
// fails with ErrUnknownRegion or ErrBrokenRegion.
func (s *Store) Check(ctx context.Context, idOrName string) error {
	r, err := s.Find(idOrName)
	if err != nil {
		return err
	}
	broken := ErrBrokenRegion.With("region", r.ID)
	if r.Format != storeFormat {
		return broken.With("reason", "format").Saying(
			"The region %s has the format %d, this program reads %d. Import the extract again.",
			r.Name, r.Format, storeFormat)
	}
	for _, f := range r.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		now, err := describe(r.Dir, f.Name)
		if err != nil || now != f {
			return broken.With("file", f.Name).Because(err).Saying(
				"The file %s of the region %s is damaged or gone. Import the extract again.",
				f.Name, r.Name)
		}
	}
	for _, profile := range r.Profiles() {
		e, err := OpenProfile(r, profile)
		if err != nil {
			return err
		}
		if err := e.Close(); err != nil {
			return err
		}
	}
	return nil
}

// describe measures one file of a folder.
func describe(dir, name string) (File, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	return File{name, size, hex.EncodeToString(sum.Sum(nil))}, err
}

// Import makes a region and publishes it in one step: until then, and after
// any failure or kill, the store is as it was before. An extract that is
// already there is returned at once. A region of the same name is replaced.
// It fails with ErrBrokenExtract, ErrNoRoads or ErrImporting.
func (s *Store) Import(ctx context.Context, order Import) (Region, error) {
	if order.Progress == nil {
		order.Progress = func(string, float64) {}
	}
	if order.Now == nil {
		order.Now = time.Now
	}
	if order.Name == "" {
		order.Name = ExtractName(order.Extract)
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return Region{}, err
	}
	unlock, err := lockStore(filepath.Join(s.dir, lockFile))
	if err != nil {
		return Region{}, err
	}
	defer unlock()
	if err := s.sweep(); err != nil {
		return Region{}, err
	}
	if err := order.load(); err != nil {
		return Region{}, err
	}
	id, err := order.id()
	if err != nil {
		return Region{}, extractError(err)
	}
	if r, err := s.read(id); err == nil && s.Check(ctx, id) == nil {
		return r, s.supersede(r)
	}
	return s.build(ctx, order, id)
}

// ExtractName is a file's name without the endings of the format.
func ExtractName(path string) string {
	name := filepath.Base(path)
	for _, end := range []string{".gz", ".bz2", ".pbf", ".osm", "-latest"} {
		name = strings.TrimSuffix(name, end)
	}
	return name
}

// id hashes what a region is made of: the extract, its name, the formats.
func (o *Import) id() (string, error) {
	f, err := os.Open(o.Extract)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	names := strings.Join(o.names(), ",")
	fmt.Fprintf(sum, "%d %d %q %q\n", storeFormat, network.Version, o.Name, names)
	sum.Write(o.own)
	sum.Write([]byte(o.Country))
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// load reads the profiles.
func (o *Import) load() error {
	o.profiles = map[string]*network.Profile{}
	for _, name := range append([]string{Car}, o.More...) {
		p, err := readProfile(name, o.Country)
		if err != nil {
			return err
		}
		if network.OwnProfile(name) {
			text, err := json.Marshal(p)
			if err != nil {
				return err
			}
			o.own = append(o.own, text...)
		}
		o.profiles[networkFile(p.Name)] = p
	}
	return nil
}

// names are the files that the import makes, the networks first and the car's before
// all.
func (o *Import) names() []string {
	out := []string{networkFile(Car)}
	for _, name := range slices.Sorted(maps.Keys(o.profiles)) {
		if name != networkFile(Car) {
			out = append(out, name)
		}
	}
	return append(out, slices.Sorted(maps.Keys(o.Builds))...)
}

// sweep removes what a killed import or drop has left.
func (s *Store) sweep() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), buildPrefix) || strings.HasPrefix(e.Name(), dropPrefix) {
			if err := os.RemoveAll(filepath.Join(s.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// build writes all files aside and renames the folder when it is complete.
func (s *Store) build(ctx context.Context, order Import, id string) (Region, error) {
	aside := filepath.Join(s.dir, buildPrefix+id)
	if err := os.Mkdir(aside, 0o755); err != nil {
		return Region{}, err
	}
	defer os.RemoveAll(aside)
	r := Region{ID: id, Name: order.Name, Source: filepath.Base(order.Extract), Format: storeFormat}
	network, err := order.run(ctx, aside)
	if err != nil {
		return Region{}, err
	}
	r.Box, r.Extent, r.Report = network.box, network.extent, network.report
	r.Created = order.Now().UTC()
	for _, name := range order.names() {
		f, err := describe(aside, name)
		if err != nil {
			return Region{}, err
		}
		if err := syncPath(filepath.Join(aside, name)); err != nil {
			return Region{}, err
		}
		r.Files = append(r.Files, f)
	}
	if err := writeRegion(aside, r); err != nil {
		return Region{}, err
	}
	r.Dir = filepath.Join(s.dir, id)
	if _, err := os.Stat(r.Dir); err == nil { // a damaged one of the same hash
		if err := s.remove(r); err != nil {
			return Region{}, err
		}
	}
	if err := os.Rename(aside, r.Dir); err != nil {
		return Region{}, err
	}
	if err := syncPath(s.dir); err != nil {
		return Region{}, err
	}
	return r, s.supersede(r)
}

// run builds all files; what it tells is that of the car network.
func (o *Import) run(ctx context.Context, dir string) (built, error) {
	var car built
	for _, name := range o.names() {
		out, step := filepath.Join(dir, name), strings.TrimSuffix(name, filepath.Ext(name))
		if build, ok := o.Builds[name]; ok {
			err := build(ctx, o.Extract, out, func(done float64) { o.Progress(step, done) })
			if err != nil {
				return built{}, extractError(fmt.Errorf("%s: %w", name, err))
			}
			continue
		}
		made, err := buildNetwork(ctx, o.Extract, out, o.profiles[name], o.Progress)
		if err != nil {
			return built{}, err
		}
		if step == Car {
			car = made
		}
	}
	return car, nil
}

// writeRegion writes region.json last: with it the folder is complete.
func writeRegion(dir string, r Region) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	name := filepath.Join(dir, regionFile)
	if err := os.WriteFile(name, append(text, '\n'), 0o644); err != nil {
		return err
	}
	if err := syncPath(name); err != nil {
		return err
	}
	return syncPath(dir)
}

// syncPath makes a file or folder survive a loss of power.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// supersede removes older regions of the same name.
func (s *Store) supersede(r Region) error {
	all, err := s.List()
	if err != nil {
		return err
	}
	for _, old := range all {
		if old.Name == r.Name && old.ID != r.ID {
			if err := s.remove(old); err != nil {
				return err
			}
		}
	}
	return nil
}

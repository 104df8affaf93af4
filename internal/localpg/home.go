package localpg

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// home is where a server's files are and whom they belong to.
type home struct {
	bin    string // PostgreSQL's programs
	base   string // owned by the server's user, closed to others
	data   string // the cluster
	socket string // folder of the Unix socket
	lock   string // lock file, in the program's data folder
	log    string // what the server writes to stderr
	uid    int
	gid    int
	drop   bool // we are root and the server is not
}

// maxSocketPath is the longest path of a Unix socket (sun_path less its NUL).
const maxSocketPath = 107

// settle decides on the folders and makes them, with the right owner.
func settle(o Options, bin string) (home, error) {
	h := home{bin: bin, uid: os.Geteuid(), gid: os.Getegid()}
	if h.uid == 0 {
		if err := h.findUser(); err != nil {
			return home{}, err
		}
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return home{}, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return home{}, fmt.Errorf("make data folder: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return home{}, err
	}
	h.lock = filepath.Join(dir, "postgres.lock")
	h.base = filepath.Join(dir, "postgres")
	if h.drop && !enterable(dir, h.uid, h.gid) {
		h.base = filepath.Join("/var/lib/beatplan", hashOf(dir))
		o.Log.Info("the database lives elsewhere: its user cannot enter the data folder",
			"data", dir, "database", h.base)
	}
	h.data = filepath.Join(h.base, "data")
	h.log = filepath.Join(h.base, "server.log")
	h.socket = filepath.Join(h.base, "socket")
	if len(h.socket)+len("/.s.PGSQL.5432") > maxSocketPath {
		h.socket = filepath.Join(runtimeDir(), "beatplan", hashOf(h.base))
	}
	for _, d := range []string{h.base, h.socket} {
		if err := h.own(d); err != nil {
			return home{}, err
		}
	}
	return h, nil
}

func (h *home) findUser() error {
	u, err := user.Lookup("postgres")
	if err != nil {
		return ErrNoUser.Because(err)
	}
	if h.uid, err = strconv.Atoi(u.Uid); err != nil {
		return ErrNoUser.Because(err)
	}
	if h.gid, err = strconv.Atoi(u.Gid); err != nil {
		return ErrNoUser.Because(err)
	}
	h.drop = true
	return nil
}

// own makes a folder that only the server's user (and root) can enter.
func (h home) own(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("make folder for the database: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make folder for the database: %w", err)
	}
	if h.drop {
		if err := os.Chown(dir, h.uid, h.gid); err != nil {
			return fmt.Errorf("give folder to the database: %w", err)
		}
	}
	return nil
}

// initialise makes the cluster when there is none. It works beside the final
// place and renames, so that a run that was killed leaves nothing half made.
func (h home) initialise(ctx context.Context, log *slog.Logger) error {
	version, err := os.ReadFile(filepath.Join(h.data, "PG_VERSION"))
	if err == nil {
		made, runs := strings.TrimSpace(string(version)), majorOf(h.bin)
		if runs != "" && made != runs {
			return ErrOtherVersion.With("data", made).With("installed", runs).
				Saying("The data folder was made by PostgreSQL %s, installed is %s.", made, runs)
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read database folder: %w", err)
	}
	log.Info("making a new database", "folder", h.data)
	half := h.data + ".new"
	if err := os.RemoveAll(half); err != nil {
		return fmt.Errorf("remove half-made database: %w", err)
	}
	err = h.run(ctx, "initdb", "-D", half, "-U", Superuser, "-E", "UTF8",
		"--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject", "--no-instructions")
	if err != nil {
		return fmt.Errorf("make database: %w", err)
	}
	return os.Rename(half, h.data)
}

// enterable reports whether the user may walk down to dir.
func enterable(dir string, uid, gid int) bool {
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return false
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return false
		}
		bit := uint32(0o001)
		switch {
		case int(st.Uid) == uid:
			bit = 0o100
		case int(st.Gid) == gid:
			bit = 0o010
		}
		if st.Mode&bit == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// runtimeDir is a short path that survives until the next boot.
func runtimeDir() string {
	if os.Geteuid() == 0 {
		return "/run"
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return dir
	}
	return filepath.Join("/tmp", "beatplan-"+strconv.Itoa(os.Geteuid()))
}

func hashOf(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:8])
}

// findPrograms returns the folder of the newest PostgreSQL that has PostGIS.
func findPrograms(given string) (string, error) {
	candidates := []string{given}
	if given == "" {
		found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
		if err != nil {
			return "", err
		}
		slices.SortFunc(found, func(a, b string) int { return number(majorOf(b)) - number(majorOf(a)) })
		candidates = append(found, "/usr/pgsql/bin", "/usr/local/pgsql/bin", "/usr/bin")
	}
	for _, bin := range candidates {
		if isFile(filepath.Join(bin, "initdb")) && isFile(filepath.Join(bin, "postgres")) &&
			hasPostGIS(bin) {
			return bin, nil
		}
	}
	return "", ErrNotInstalled.With("looked_in", candidates)
}

func hasPostGIS(bin string) bool {
	for _, share := range []string{
		filepath.Join("/usr/share/postgresql", majorOf(bin)),
		filepath.Join(filepath.Dir(bin), "share"),
		filepath.Join(filepath.Dir(bin), "share/postgresql"),
	} {
		if isFile(filepath.Join(share, "extension", "postgis.control")) {
			return true
		}
	}
	return false
}

// majorOf reads the version from a path like /usr/lib/postgresql/15/bin, or "".
func majorOf(bin string) string {
	v := filepath.Base(filepath.Dir(bin))
	if number(v) == 0 {
		return ""
	}
	return v
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

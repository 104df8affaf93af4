package identity

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"beatplan/business"
	"beatplan/internal/db"
	"beatplan/internal/fail"
	"beatplan/internal/idem"
	"beatplan/internal/sheet"
)

// MostRows bounds an organisation's file.
const MostRows = 1000

// Imported is what became of an organisation's file.
type Imported struct {
	Rows    int // with anything in them
	Created int // people
	Known   int // people whose login existed; nothing of theirs was changed
	Teams   int // created
}

// Invitation is how a new person signs in for the first time.
type Invitation struct {
	Line     int
	Name     string
	Login    string
	Password string
}

// Organisation is a file of people and teams to be imported.
type Organisation struct {
	Key  idem.Key
	File []byte // XLSX or CSV with a heading; see [ImportHeading]
	Dry  bool   // say what would become of it and change nothing
}

// ImportHeading is the heading of the template, in English and Chinese.
func ImportHeading() (english, chinese []string) {
	for _, c := range importColumns() {
		english, chinese = append(english, c.english), append(chinese, c.chinese)
	}
	return english, chinese
}

// column is one column of an organisation's file: how it is called and where its
// cells go.
type column struct {
	english, chinese string
	required         bool
	read             func(r *importRow, cell string) error
}

type importRow struct {
	line   int
	person NewPerson
	role   string
	team   []string // from the top
	leads  bool
	lon    string
	lat    string
	hash   string
}

func importColumns() []column {
	text := func(to func(*importRow) *string) func(*importRow, string) error {
		return func(r *importRow, cell string) error { *to(r) = cell; return nil }
	}
	minute := func(to func(*importRow) *int) func(*importRow, string) error {
		return func(r *importRow, cell string) error {
			if cell == "" {
				return nil
			}
			var h, m int
			if _, err := fmt.Sscanf(cell, "%d:%d", &h, &m); err != nil || m < 0 || m > 59 {
				return errors.New("a time is written like 08:30")
			}
			*to(r) = h*60 + m
			return nil
		}
	}
	return []column{
		{"Name", "姓名", true, text(func(r *importRow) *string { return &r.person.Name })},
		{"Login", "账号", true, text(func(r *importRow) *string { return &r.person.Login })},
		{"Role", "角色", false, text(func(r *importRow) *string { return &r.role })},
		{"Team", "部门", false, func(r *importRow, cell string) error {
			for part := range strings.SplitSeq(cell, "/") {
				if part = strings.TrimSpace(part); part != "" {
					r.team = append(r.team, part)
				}
			}
			return nil
		}},
		{"Leads the team", "部门负责人", false, func(r *importRow, cell string) error {
			r.leads = slices.Contains([]string{"yes", "y", "x", "1", "true", "是"}, strings.ToLower(cell))
			return nil
		}},
		{"Phone", "手机", false, text(func(r *importRow) *string { return &r.person.Phone })},
		{"Home longitude", "住址经度", false, text(func(r *importRow) *string { return &r.lon })},
		{"Home latitude", "住址纬度", false, text(func(r *importRow) *string { return &r.lat })},
		{"Shift start", "上班", false, minute(func(r *importRow) *int { return &r.person.Shift.Start })},
		{"Shift end", "下班", false, minute(func(r *importRow) *int { return &r.person.Shift.End })},
		{"Post", "岗位", false, text(func(r *importRow) *string { return &r.person.Post })},
		{"Sex", "性别", false, func(r *importRow, cell string) error {
			sex, ok := map[string]string{"": "", "female": "female", "f": "female", "女": "female",
				"male": "male", "m": "male", "男": "male", "other": "other", "其他": "other"}[strings.ToLower(cell)]
			if !ok {
				return errors.New("the sex is female, male, other or left open")
			}
			r.person.Sex = sex
			return nil
		}},
	}
}

// ImportPeople reads an organisation from a file: people with their roles and
// teams, and the teams that are not there yet. All rows or none; every fault is
// reported at once with its line. People whose login exists are left alone, so
// that the same file can be sent again. New people get a password each, which is
// returned here and nowhere else, not in a replay either. It fails with
// [ErrImport] or what package sheet says of the file.
func (s *Service) ImportPeople(
	ctx context.Context, by business.Actor, in Organisation,
) (Imported, []Invitation, error) {
	rows, err := readOrganisation(in.File)
	if err != nil {
		return Imported{}, nil, err
	}
	if err := s.invite(ctx, rows); err != nil {
		return Imported{}, nil, err
	}
	var done Imported
	var invited []Invitation
	sum := sha256.Sum256(in.File)
	err = s.DB.InTx(ctx, func(tx db.Tx) error {
		invited = nil
		if in.Dry {
			if done, invited, err = s.importRows(ctx, tx, by, rows); err != nil {
				return err
			}
			return errDry
		}
		done, err = idem.Once(ctx, tx, int64(by.Person), in.Key, hex.EncodeToString(sum[:]),
			func() (Imported, error) {
				var n Imported
				n, invited, err = s.importRows(ctx, tx, by, rows)
				return n, err
			})
		return err
	})
	switch {
	case errors.Is(err, errDry):
		return done, nil, nil
	case err != nil:
		return Imported{}, nil, err
	}
	return done, invited, nil
}

// errDry rolls a dry run back.
var errDry = errors.New("dry run")

// readOrganisation reads the file without the database and reports every fault.
func readOrganisation(data []byte) ([]*importRow, error) {
	f, err := sheet.Open(data)
	if err != nil {
		return nil, err
	}
	var rows []*importRow
	var places []int // column of importColumns → column of the file
	e := ErrImport
	for r, err := range f.Rows() {
		switch {
		case err != nil:
			return nil, err
		case r.Empty():
			continue
		case places == nil:
			if places, err = findColumns(r); err != nil {
				return nil, err
			}
			continue
		case len(rows) == MostRows:
			return nil, sheet.ErrTooLarge.With("rows", MostRows)
		}
		var row *importRow
		row, e = readRow(r, places, e)
		rows = append(rows, row)
	}
	e = findTwins(rows, e)
	if len(rows) == 0 {
		e = e.WithField("", "empty", "There is nobody below the heading.")
	}
	return rows, orNil(e)
}

func findColumns(heading sheet.Row) ([]int, error) {
	e := ErrImport
	var places []int
	for _, c := range importColumns() {
		at := slices.IndexFunc(heading.Cells, func(cell string) bool {
			return strings.EqualFold(cell, c.english) || cell == c.chinese
		})
		if at < 0 && c.required {
			e = e.WithField(c.english, "required", "The column "+c.english+" ("+c.chinese+") is missing.")
		}
		places = append(places, at)
	}
	return places, orNil(e)
}

func readRow(r sheet.Row, places []int, e *fail.Error) (*importRow, *fail.Error) {
	row := &importRow{line: r.Line}
	for i, c := range importColumns() {
		cell := strings.TrimSpace(r.Cell(places[i]))
		if cell == "" && c.required {
			e = e.WithField(at(r.Line, c.english), "required", c.english+" is missing.")
		}
		if err := c.read(row, cell); err != nil {
			e = e.WithField(at(r.Line, c.english), "format", err.Error())
		}
	}
	row.person.Login = normalLogin(row.person.Login)
	if row.lon != "" || row.lat != "" {
		lon, err1 := strconv.ParseFloat(row.lon, 64)
		lat, err2 := strconv.ParseFloat(row.lat, 64)
		if err1 != nil || err2 != nil {
			e = e.WithField(at(r.Line, "Home longitude"), "format",
				"A position needs a longitude and a latitude in degrees.")
		}
		row.person.Home = &orb.Point{lon, lat}
	}
	return row, e
}

func at(line int, column string) string { return fmt.Sprintf("%d: %s", line, column) }

func findTwins(rows []*importRow, e *fail.Error) *fail.Error {
	seen := map[string]int{}
	for _, r := range rows {
		if first, twice := seen[r.person.Login]; twice && r.person.Login != "" {
			e = e.WithField(at(r.line, "Login"), "taken", fmt.Sprintf("Line %d has this login too.", first))
		}
		seen[r.person.Login] = r.line
	}
	return e
}

// invite gives every row a password and its hash, outside any transaction,
// because hashing is slow on purpose.
func (s *Service) invite(ctx context.Context, rows []*importRow) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cap(s.hasher.slots))
	for _, r := range rows {
		g.Go(func() error {
			r.person.Password = newInvitation()
			var err error
			r.hash, err = s.hasher.hash(ctx, r.person.Password)
			return err
		})
	}
	return g.Wait()
}

// newInvitation is 60 random bits as twelve letters and digits in fours.
func newInvitation() string {
	raw := tokenHash(newToken())
	c := strings.ToLower(base32.StdEncoding.EncodeToString(raw))
	return c[:4] + "-" + c[4:8] + "-" + c[8:12]
}

const (
	sqlKnownLogins = `select login from identity.person where login = any(@logins)`

	sqlTeamTree = `
select id, coalesce(parent_id, 0), name from identity.team`

	sqlLeadTeam = `
update identity.team set leader_id = @person, version = version + 1
where id = @team and leader_id is null`
)

// importRows creates what is not there. Lines are checked one by one so that all
// faults are told; the first database fault ends it.
func (s *Service) importRows(
	ctx context.Context, tx db.Tx, by business.Actor, rows []*importRow,
) (Imported, []Invitation, error) {
	done := Imported{Rows: len(rows)}
	known, err := knownLogins(ctx, tx, rows)
	if err != nil {
		return done, nil, err
	}
	roles, err := rolesByName(ctx, tx)
	if err != nil {
		return done, nil, err
	}
	tree, err := readTree(ctx, tx)
	if err != nil {
		return done, nil, err
	}
	var invited []Invitation
	e := ErrImport
	for _, r := range rows {
		if known[r.person.Login] {
			done.Known++
			continue
		}
		err := s.importRow(ctx, tx, by, r, roles, tree)
		var told *fail.Error
		if errors.As(err, &told) && len(told.Fields) > 0 {
			for _, f := range told.Fields {
				e = e.WithField(at(r.line, f.Path), f.Code, f.Message)
			}
			continue
		}
		if err != nil {
			return done, nil, fmt.Errorf("line %d: %w", r.line, err)
		}
		done.Created++
		invited = append(invited, Invitation{r.line, r.person.Name, r.person.Login, r.person.Password})
	}
	done.Teams = tree.made
	return done, invited, orNil(e)
}

func (s *Service) importRow(
	ctx context.Context, tx db.Tx, by business.Actor, r *importRow,
	roles map[string]string, tree *teamTree,
) error {
	p := r.person
	p.Role = business.Role(roles[strings.ToLower(r.role)])
	if r.role == "" {
		p.Role = business.Salesperson
	}
	if p.Role == "" {
		return unknownRole()
	}
	var err error
	if p.Team, err = s.teamAt(ctx, tx, by, r.team, tree); err != nil {
		return err
	}
	made, err := s.create(ctx, tx, by, p, r.hash)
	if err != nil || !r.leads || p.Team == 0 {
		return err
	}
	_, err = tx.Exec(ctx, sqlLeadTeam, pgx.NamedArgs{"person": made.ID, "team": p.Team})
	return err
}

func knownLogins(ctx context.Context, tx db.Tx, rows []*importRow) (map[string]bool, error) {
	logins := make([]string, len(rows))
	for i, r := range rows {
		logins[i] = r.person.Login
	}
	found, err := tx.Query(ctx, sqlKnownLogins, pgx.NamedArgs{"logins": logins})
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(found, pgx.RowTo[string])
	known := map[string]bool{}
	for _, l := range list {
		known[l] = true
	}
	return known, err
}

// rolesByName finds a role's code by code, English or Chinese name.
func rolesByName(ctx context.Context, tx db.Tx) (map[string]string, error) {
	rows, err := tx.Query(ctx, sqlRoles)
	if err != nil {
		return nil, err
	}
	roles, err := pgx.CollectRows(rows, scanRole)
	byName := map[string]string{}
	for _, r := range roles {
		for _, n := range []string{r.Code, r.Name, r.NameZH} {
			if n != "" {
				byName[strings.ToLower(n)] = r.Code
			}
		}
	}
	return byName, err
}

type teamPlace struct {
	parent business.TeamID
	name   string
}

// teamTree is the tree of teams while a file is imported.
type teamTree struct {
	ids  map[teamPlace]business.TeamID
	made int
}

// readTree locks the tree, so that nobody adds the same team meanwhile.
func readTree(ctx context.Context, tx db.Tx) (*teamTree, error) {
	if _, err := tx.Exec(ctx, sqlLockTeams); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, sqlTeamTree)
	if err != nil {
		return nil, err
	}
	t := &teamTree{ids: map[teamPlace]business.TeamID{}}
	var id, parent business.TeamID
	var name string
	_, err = pgx.ForEachRow(rows, []any{&id, &parent, &name}, func() error {
		t.ids[teamPlace{parent, name}] = id
		return nil
	})
	return t, err
}

// teamAt returns the team at the end of the path, creating what is missing.
func (s *Service) teamAt(
	ctx context.Context, tx db.Tx, by business.Actor, path []string, tree *teamTree,
) (business.TeamID, error) {
	var id business.TeamID
	for _, name := range path {
		place := teamPlace{id, name}
		if known, ok := tree.ids[place]; ok {
			id = known
			continue
		}
		made, err := s.saveTeam(ctx, tx, by, Team{}, Team{Name: name, Parent: id})
		if err != nil {
			return 0, err
		}
		id = made.ID
		tree.ids[place] = id
		tree.made++
	}
	return id, nil
}

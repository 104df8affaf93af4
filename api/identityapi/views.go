package identityapi

import (
	"fmt"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"beatplan/business"
	"beatplan/business/identity"
)

// Person is a person as the API shows one.
type Person struct {
	ID         business.PersonID `json:"id" example:"7"`
	Name       string            `json:"name" example:"Li Wei"`
	Login      string            `json:"login" example:"li.wei"`
	Role       business.Role     `json:"role" enum:"admin,manager,dispatcher,salesperson,keeper"`
	RoleCode   string            `json:"role_code" doc:"The company's own role; that of role when it is built in"`
	TeamID     *business.TeamID  `json:"team_id"`
	TeamName   string            `json:"team_name" example:"North"`
	Post       string            `json:"post" example:"Area manager"`
	Sex        string            `json:"sex" enum:",female,male,other"`
	Phone      string            `json:"phone" example:"+1 302 555 0100"`
	Photo      string            `json:"photo" doc:"Address of the picture; empty for none"`
	Erased     bool              `json:"erased" doc:"Their personal values are gone for good"`
	Active     bool              `json:"active"`
	Home       *orb.Point        `json:"home" doc:"Longitude, latitude" example:"[-75.55, 39.74]"`
	Office     *orb.Point        `json:"office" doc:"Longitude, latitude" example:"[-75.55, 39.74]"`
	Shift      Shift             `json:"shift"`
	Workdays   []int16           `json:"workdays" doc:"ISO weekdays, 1 is Monday"`
	ColorIndex int               `json:"color_index" doc:"The person's colour everywhere"`
	OnDuty     bool              `json:"on_duty"`
	Version    int64             `json:"version"`
}

// Shift is a stretch of the day on the wall clock of the company's zone.
type Shift struct {
	Start string `json:"start" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"08:30"`
	End   string `json:"end" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$" example:"17:30"`
}

func personView(p identity.Person, duty map[business.PersonID]bool) Person {
	v := Person{
		ID: p.ID, Name: p.Name, Login: p.Login, Role: p.Role, RoleCode: p.RoleCode, TeamName: p.TeamName,
		Post: p.Post, Sex: p.Sex, Erased: p.Erased, Photo: photoAddress(p),
		Phone: p.Phone, Active: p.Active, Home: p.Home, Office: p.Office,
		Shift:    Shift{clockOf(p.Shift.Start), clockOf(p.Shift.End)},
		Workdays: p.Workdays, ColorIndex: p.Color, OnDuty: duty[p.ID], Version: p.Version,
	}
	if p.Team != 0 {
		v.TeamID = &p.Team
	}
	if v.Workdays == nil {
		v.Workdays = []int16{}
	}
	return v
}

func clockOf(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// minutes reads what the schema's pattern has let through.
func (s Shift) minutes() identity.Shift {
	read := func(t string) int {
		if len(t) != 5 {
			return -1
		}
		h, err1 := strconv.Atoi(t[:2])
		m, err2 := strconv.Atoi(t[3:])
		if err1 != nil || err2 != nil {
			return -1
		}
		return h*60 + m
	}
	return identity.Shift{Start: read(s.Start), End: read(s.End)}
}

// Team is a node of the tree of teams.
type Team struct {
	ID         business.TeamID    `json:"id" example:"2"`
	Name       string             `json:"name" example:"North"`
	ParentID   *business.TeamID   `json:"parent_id"`
	LeaderID   *business.PersonID `json:"leader_id" doc:"Sees the team and all below it"`
	LeaderName string             `json:"leader_name"`
	People     int                `json:"people" doc:"Active members of the team itself"`
	Version    int64              `json:"version"`
}

func teamView(t identity.Team) Team {
	v := Team{ID: t.ID, Name: t.Name, LeaderName: t.LeaderName, People: t.People, Version: t.Version}
	if t.Parent != 0 {
		v.ParentID = &t.Parent
	}
	if t.Leader != 0 {
		v.LeaderID = &t.Leader
	}
	return v
}

// Session is a signed-in browser or phone of the caller.
type Session struct {
	ID        int64     `json:"id"`
	Current   bool      `json:"current" doc:"The one that asks"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Address   string    `json:"address"`
	Agent     string    `json:"agent" doc:"What the browser calls itself"`
}

// Device is a tracker of a person.
type Device struct {
	ID        int64             `json:"id"`
	PersonID  business.PersonID `json:"person_id"`
	Name      string            `json:"name" example:"Traccar on Li's phone"`
	Token     string            `json:"token,omitempty" doc:"Shown once, when it is made"`
	CreatedAt time.Time         `json:"created_at"`
	SeenAt    *time.Time        `json:"seen_at"`
	RevokedAt *time.Time        `json:"revoked_at"`
}

func deviceView(d identity.Device) Device {
	return Device{ID: d.ID, PersonID: d.Person, Name: d.Name, CreatedAt: d.CreatedAt,
		SeenAt: d.SeenAt, RevokedAt: d.RevokedAt}
}

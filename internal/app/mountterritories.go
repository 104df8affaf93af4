package app

import (
	"beatplan/api/territoryapi"
)

// mountTerritories registers the surface of territories.
func (a *App) mountTerritories() {
	territoryapi.Mount(a.API, territoryapi.Surface{Service: a.Territories})
}

package app

import (
	"beatplan/api/catalogueapi"
	"beatplan/business/catalogue"
)

// openTrade makes what is sold, ordered, shipped and paid.
func (a *App) openTrade() {
	a.Catalogue = &catalogue.Service{DB: a.DB, Clock: a.Clock, Audit: a.Audit}
}

// mountTrade registers their surfaces.
func (a *App) mountTrade() {
	catalogueapi.Mount(a.API, a.Catalogue)
}

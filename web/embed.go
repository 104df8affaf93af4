// Package web serves the web app that is built into the binary.
//
// Files whose names carry a hash of their content are kept by browsers for a
// year; pages are asked for at every visit. An address that is not a file is a
// page of the app: below /m the phone's, elsewhere the desktop's.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files is the built app: index.html, m/index.html and their assets. It holds
// nothing but a placeholder when the binary was built without the web app.
func Files() (fs.FS, error) { return fs.Sub(dist, "dist") }

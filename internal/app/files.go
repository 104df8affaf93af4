package app

import (
	"path/filepath"

	"beatplan/internal/blob"
)

// openFiles opens the company's folder of files, which a backup holds, and hands it
// to those who keep pictures.
func (a *App) openFiles() error {
	var err error
	if a.Files, err = blob.Open(filepath.Join(a.Config.Data, "blobs")); err != nil {
		return err
	}
	a.Identity.Photos = a.Files
	a.openSensitive()
	return nil
}

package app

import (
	"path/filepath"

	"beatplan/internal/blob"
)

// openFiles opens the company's folder of files, which a backup holds, for those who
// keep pictures.
func (a *App) openFiles() error {
	var err error
	a.Files, err = blob.Open(filepath.Join(a.Config.Data, "blobs"))
	return err
}

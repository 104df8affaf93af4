package app

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"beatplan/internal/config"
)

// tempFolder makes a temporary folder that the database's own user may enter. An empty
// parent is the system's.
func tempFolder(parent, name string) (string, error) {
	dir, err := os.MkdirTemp(parent, name)
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the database's own user enters
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// benchFolder returns the settings of a private company in a temporary folder, and
// what removes the folder.
func benchFolder() (c *config.Config, remove func(), err error) {
	dir, err := tempFolder("", "beatplan-bench")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { os.RemoveAll(dir) } // a temporary folder
	c = config.Default()
	c.Data = dir
	return c, remove, nil
}

// benchOpen opens a private company in a temporary folder, with the options as
// set changes them, and returns what ends it and removes the folder.
func benchOpen(ctx context.Context, set func(o *Options)) (a *App, end func(), err error) {
	c, remove, err := benchFolder()
	if err != nil {
		return nil, nil, err
	}
	o := Options{Config: c, Log: slog.New(slog.DiscardHandler), Version: "bench"}
	set(&o)
	if a, err = Open(ctx, o); err != nil {
		remove()
		return nil, nil, err
	}
	return a, func() {
		a.Close(context.WithoutCancel(ctx)) // measured already
		remove()
	}, nil
}

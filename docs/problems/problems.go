// Package problems holds the pages that the type of every problem points at, one
// file for each code: the sentence, the status, what to do, the same in Chinese.
package problems

import (
	"embed"
	"io/fs"
)

//go:embed *.md
var pages embed.FS

// Pages returns the files, named <code>.md.
func Pages() fs.FS { return pages }

// Package fsync makes renamed files survive a power cut.
package fsync

import (
	"errors"
	"os"
	"path/filepath"
)

// Dir flushes the folder that holds file, so that a file that was renamed to
// this name keeps it after a power cut.
func Dir(file string) error {
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

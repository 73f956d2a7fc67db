// Package disk makes what was written to files survive a power cut.
package disk

import (
	"errors"
	"os"
	"path/filepath"
)

// SyncNames has the disk keep the names of the files in the folder of a file: a
// file that was moved there is under its new name after a power cut too.
func SyncNames(file string) error {
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Package fsync writes files that survive a power cut.
package fsync

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Write writes a file that only its owner can read. Other processes see it complete or
// not at all. The function place gives the file its final name: [os.Rename] replaces an
// existing file, and [os.Link] fails with fs.ErrExist if the file exists.
func Write(file string, content io.WriterTo, place func(from, to string) error) error {
	draft, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name()) // has no effect after a rename
	defer draft.Close()
	if _, err := content.WriteTo(draft); err != nil {
		return err
	}
	if err := errors.Join(draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := place(draft.Name(), file); err != nil {
		return err
	}
	return Dir(file)
}

// Dir flushes the folder of the file to disk, so that the file's name survives a power
// cut.
func Dir(file string) error {
	folder, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

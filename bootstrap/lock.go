package bootstrap

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// makeDataDir makes the data folder for its owner alone: addresses, ticket
// codes and the token key are in it.
func makeDataDir(s Settings) error {
	if err := os.MkdirAll(s.DataDir, 0o700); err != nil {
		return fmt.Errorf("PORTICO_DATA_DIR: %w", err)
	}
	return nil
}

// lockFile makes sure that one process at a time works on a folder. The
// operating system lets go of the lock when the process ends, however it ends.
func lockFile(path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("PORTICO_DATA_DIR: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errors.New("another portico works on this folder; stop it, or set PORTICO_DATA_DIR to another")
		}
		return nil, errors.Join(fmt.Errorf("%s: %w", filepath.Dir(path), err), f.Close())
	}
	return func() { _ = f.Close() }, nil // closing lets go of the lock
}

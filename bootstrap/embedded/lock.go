package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"example.com/portico/bootstrap/config"
)

// makeDataDir creates the data folder. It refuses a folder that is open to other users,
// because the folder holds email addresses, ticket codes and the token key.
func makeDataDir(c config.Config) error {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return fmt.Errorf("PORTICO_DATA_DIR: %w", err)
	}
	info, err := os.Stat(c.DataDir)
	if err != nil {
		return fmt.Errorf("PORTICO_DATA_DIR: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("PORTICO_DATA_DIR: %s is open to other users of this machine: run chmod 700 %[1]s", c.DataDir)
	}
	return nil
}

// lockFile locks a file for one process at a time. The operating system releases the lock
// when the process ends, even if it crashes.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("PORTICO_DATA_DIR: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errors.New("another portico uses this folder; stop it, or set PORTICO_DATA_DIR to another")
		}
		return nil, errors.Join(fmt.Errorf("%s: %w", filepath.Dir(path), err), f.Close())
	}
	return func() { _ = f.Close() }, nil // closing releases the lock
}

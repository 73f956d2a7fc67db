package sharing

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Lock is a named file lock for the processes of one user. It is held until Release is
// called or the process ends, even if the process is killed.
type Lock struct{ file int }

// Shared waits until no process holds the named lock exclusively, and takes it in shared
// mode.
func Shared(name string) (*Lock, error) { return take(name, syscall.LOCK_SH) }

// Exclusive waits until no process holds the named lock, and takes it.
func Exclusive(name string) (*Lock, error) { return take(name, syscall.LOCK_EX) }

// TryExclusive is like Exclusive, but does not wait. It returns a nil Lock if the lock is
// held.
func TryExclusive(name string) (*Lock, error) {
	l, err := take(name, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil
	}
	return l, err
}

// Release releases the lock. It must not be called twice.
func (l *Lock) Release() { _ = syscall.Close(l.file) }

// Folder returns the folder for files that the processes of one user share.
func Folder() string {
	return filepath.Join(os.TempDir(), Name+"-"+strconv.Itoa(os.Getuid()))
}

// take does not use os.File, because the garbage collector closes an unreferenced os.File
// and so releases the lock.
func take(name string, how int) (*Lock, error) {
	if err := os.MkdirAll(Folder(), 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(Folder(), name+".lock")
	file, err := syscall.Open(path, syscall.O_CREAT|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	for {
		err := syscall.Flock(file, how)
		switch {
		case err == nil:
			return &Lock{file}, nil
		case !errors.Is(err, syscall.EINTR):
			_ = syscall.Close(file)
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
	}
}

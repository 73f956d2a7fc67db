package payments

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// Entry is a line of the ledger. It holds the new state of a charge and the time of the
// change.
type Entry struct {
	At time.Time `json:"at"`
	Charge
	// Request is the request's SHA-256 hash in hex. It identifies a repeated request, but
	// does not contain the payment token.
	Request string `json:"request"`
}

// ReadLedger returns all entries, oldest first. A simulator may be writing to the ledger.
// An incomplete last line is ignored, because its request has not succeeded.
func ReadLedger(path string) ([]Entry, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	entries, _, err := parseLedger(content)
	if err != nil {
		return nil, fmt.Errorf("ledger %s: %w", path, err)
	}
	return entries, nil
}

// parseLedger returns the entries and the total length of the complete lines in bytes.
func parseLedger(content []byte) ([]Entry, int64, error) {
	whole := bytes.LastIndexByte(content, '\n') + 1
	var entries []Entry
	for line := range bytes.Lines(content[:whole]) {
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", len(entries)+1, err)
		}
		entries = append(entries, e)
	}
	return entries, int64(whole), nil
}

// ledger appends entries to a file, one JSON object per line. It is not safe for
// concurrent use.
type ledger struct {
	file   *os.File
	failed error
}

// openLedger creates the file if it does not exist, removes an incomplete last line, and
// returns the entries.
func openLedger(path string) (*ledger, []Entry, error) {
	file, err := openExclusively(path)
	if err != nil {
		return nil, nil, fmt.Errorf("ledger %s: %w", path, err)
	}
	entries, err := recoverLedger(file)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("ledger %s: %w", path, err), file.Close())
	}
	return &ledger{file: file}, entries, nil
}

// openExclusively locks the file, or fails if it is already locked. The operating system
// releases the lock when the process ends, even after a crash.
func openExclusively(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errors.New("another simulator is using it")
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func recoverLedger(file *os.File) ([]Entry, error) {
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	entries, whole, err := parseLedger(content)
	if err != nil {
		return nil, err
	}
	if err := file.Truncate(whole); err != nil {
		return nil, err
	}
	_, err = file.Seek(whole, io.SeekStart)
	return entries, err
}

// append returns after the entry is on disk. After a failed write, it refuses all
// further entries, because an incomplete line must remain the last line.
func (l *ledger) append(e Entry) error {
	if l.failed != nil {
		return l.failed
	}
	line, err := json.Marshal(e)
	if err == nil {
		_, err = l.file.Write(append(line, '\n'))
	}
	if err == nil {
		err = l.file.Sync()
	}
	l.failed = err
	return err
}

func (l *ledger) close() error { return l.file.Close() }

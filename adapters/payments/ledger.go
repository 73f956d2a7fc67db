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

// Entry is a line of the ledger: what a charge became, and when.
type Entry struct {
	At time.Time `json:"at"`
	Charge
	// Request is the SHA-256 of what was asked, in hex. It tells a repetition
	// from another request, and the ledger holds no token.
	Request string `json:"request"`
}

// ReadLedger returns all entries, oldest first, also while a simulator writes
// them. A last line without its end is left out: whoever wrote it was killed
// before it could answer.
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

// parseLedger also tells how many bytes the whole lines are.
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

// ledger appends entries to a file, one JSON object a line. It is not safe for
// concurrent use.
type ledger struct {
	file   *os.File
	failed error
}

// openLedger makes the file if there is none, cuts off a torn last line, and
// returns what the ledger holds.
func openLedger(path string) (*ledger, []Entry, error) {
	file, err := openAlone(path)
	if err != nil {
		return nil, nil, fmt.Errorf("ledger %s: %w", path, err)
	}
	entries, err := recoverLedger(file)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("ledger %s: %w", path, err), file.Close())
	}
	return &ledger{file: file}, entries, nil
}

// openAlone fails while another has the file open this way. The operating system
// lets go of the lock when the process ends, however it ends.
func openAlone(path string) (*os.File, error) {
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

// append returns once the entry is on the disk. After a failure nothing more is
// written, so that a torn line stays the last one; open the ledger again.
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

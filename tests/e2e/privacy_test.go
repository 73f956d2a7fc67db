package e2e

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/portico/api/client"
	"example.com/portico/tests/e2e/harness"
)

// withoutUmask returns a command that runs c with a umask of 0.
func withoutUmask(c *exec.Cmd) *exec.Cmd {
	permissive := exec.Command("sh", append([]string{"-c", `umask 000; exec "$@"`, "sh"}, c.Args...)...)
	permissive.Env, permissive.Dir = c.Env, c.Dir
	return permissive
}

func TestTheDataFolderIsPrivate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		exists bool
	}{
		{"in a new folder", false},
		{"in a folder made before", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			folder := filepath.Join(home, "data")
			if test.exists {
				if err := os.Mkdir(folder, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			box := &boxOffice{program.Prepare(t, home, harness.Folder(folder), "PORTICO_DATA_DIR="+folder)}
			box.Process = box.LaunchCommand(withoutUmask(box.Command("run")))
			box.AwaitListening(box.Process)
			show := box.organiser().openedShow(newShow())
			ada := box.customer("ada@example.com")
			b := ada.hold(show.ID, "A-1")
			ada.pay(b.ID, "tok_ok")
			ada.becomes(b.ID, client.BookingStatusConfirmed)
			ada.printedCodes(b.ID)
			harness.Eventually(t, 10*time.Second, "the tickets are mailed", func() bool { return box.Mails(b.ID) == 1 })

			files := map[string]bool{}
			err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				info, err := entry.Info()
				if err != nil {
					return err
				}
				want := fs.FileMode(0o600)
				if entry.IsDir() {
					want = 0o700
				}
				if got := info.Mode().Perm(); got != want {
					t.Errorf("%s has mode %o, want %o", path, got, want)
				}
				files[filepath.Ext(path)] = true
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range []string{".db", ".db-wal", ".db-shm", ".pdf", ".eml", ".jsonl", ".pem"} {
				if !files[kind] {
					t.Errorf("no %s file was checked in %v, want one", kind, files)
				}
			}
		})
	}
}

func TestADataFolderThatIsOpenToOthersIsRefused(t *testing.T) {
	t.Parallel()
	for _, command := range []string{
		"run", "serve", "worker", "migrate up", "migrate down", "migrate status", "deadletters list", "token --role customer",
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			app := program.Prepare(t, folder, harness.Folder(folder))
			if err := os.Chmod(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			p := app.Launch(strings.Fields(command))
			code := p.Wait(t)
			if want := "chmod 700 " + folder; code != 1 || !p.Output.Contains(want) {
				t.Errorf("exit code %d, output %s; want 1 and the advice %q", code, p.Output, want)
			}
			if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
				t.Errorf("the folder has %v, %v, want nothing", left, err)
			}
		})
	}
}

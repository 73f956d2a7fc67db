package images

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/portico/tests/integration/servers/sharing"
	"example.com/portico/tests/testkit"
)

// fakeDocker replaces the docker client, because these tests must run without a registry.
// It has images in one folder, and pulls images from another.
const fakeDocker = `#!/bin/sh
cd "$(dirname "$0")"
file() { echo "$1" | tr '/:' '__'; }
echo "$@" >>log
case $1 in
version) [ ! -e stopped ] ;;
images) ls "have/$(file "$3")" 2>/dev/null || true ;;
pull) cp "registry/$(file "$3")" have/ ;;
tag) cp "have/$(file "$2")" "have/$(file "$3")" ;;
ps) ;;
*) echo "docker $1?" >&2; exit 1 ;;
esac
`

// newDocker puts the fake docker first on the path. Its registry has the named images.
func newDocker(t *testing.T, registry ...string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	testkit.Must(t, os.WriteFile(filepath.Join(folder, "docker"), []byte(fakeDocker), 0o755))
	for _, f := range []string{"have", "registry"} {
		testkit.Must(t, os.Mkdir(filepath.Join(folder, f), 0o755))
	}
	for _, image := range registry {
		file := strings.NewReplacer("/", "_", ":", "_").Replace(image)
		testkit.Must(t, os.WriteFile(filepath.Join(folder, "registry", file), nil, 0o600))
	}
	t.Setenv("PATH", folder+":/usr/bin:/bin")
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("DOCKER_HOST", "unix:///fake") // prevents the installation of Docker
	return folder
}

func officials() []string {
	var all []string
	for _, s := range servers {
		all = append(all, s.official)
	}
	return all
}

func TestPrepare(t *testing.T) {
	t.Run("pulls the official images and tags them", func(t *testing.T) {
		newDocker(t, officials()...)
		var out bytes.Buffer
		testkit.Must(t, Prepare(t.Context(), &out))
		for _, s := range servers {
			if err := Prepared(t.Context(), s.name); err != nil {
				t.Error(err)
			}
			if !strings.Contains(out.String(), "pulling "+s.official) {
				t.Errorf("the output does not report the pull of %s:\n%s", s.official, &out)
			}
		}
	})
	t.Run("pulls nothing and prints nothing the second time", func(t *testing.T) {
		docker := newDocker(t, officials()...)
		testkit.Must(t, Prepare(t.Context(), &bytes.Buffer{}))
		testkit.Must(t, os.Remove(filepath.Join(docker, "log")))
		var out bytes.Buffer
		testkit.Must(t, Prepare(t.Context(), &out))
		done, err := os.ReadFile(filepath.Join(docker, "log"))
		testkit.Must(t, err)
		if strings.Contains(string(done), "pull") || out.Len() > 0 {
			t.Errorf("the second preparation ran\n%sand printed\n%swant no pull and no output", done, &out)
		}
	})
	t.Run("pulls each image once when called concurrently", func(t *testing.T) {
		docker := newDocker(t, officials()...)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := Prepare(t.Context(), &bytes.Buffer{}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		done, err := os.ReadFile(filepath.Join(docker, "log"))
		testkit.Must(t, err)
		if got := strings.Count(string(done), "pull "); got != len(servers) {
			t.Errorf("%d pulls, want %d", got, len(servers))
		}
	})
	t.Run("explains what to do when Docker does not answer", func(t *testing.T) {
		docker := newDocker(t)
		testkit.Must(t, os.WriteFile(filepath.Join(docker, "stopped"), nil, 0o600))
		err := Prepare(t.Context(), &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), "the tests need Docker") {
			t.Errorf("got error %v", err)
		}
	})
}

// fakeInstaller replaces apt-get. It copies packages from a folder.
const fakeInstaller = `#!/bin/sh
cd "$(dirname "$0")"
echo "$@" >>installed
[ "$1" = install ] || exit 0
for package; do
	[ ! -d "packages/$package" ] || cp -p "packages/$package"/* .
done
`

// newDebian simulates a machine without Docker. The map packages has the programs of each
// package.
func newDebian(t *testing.T, root bool, packages map[string][]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for _, tool := range []string{"sh", "dirname", "cp", "rm"} { // the fakes use these
		path, err := exec.LookPath(tool)
		testkit.Must(t, err)
		testkit.Must(t, os.Symlink(path, filepath.Join(folder, tool)))
	}
	testkit.Must(t, os.WriteFile(filepath.Join(folder, "apt-get"), []byte(fakeInstaller), 0o755))
	testkit.Must(t, os.WriteFile(filepath.Join(folder, "stopped"), nil, 0o600))
	programs := map[string]string{
		"docker":  "[ ! -e stopped ]",
		"dockerd": "rm stopped",
		"service": "rm stopped",
	}
	for name, has := range packages {
		in := filepath.Join(folder, "packages", name)
		testkit.Must(t, os.MkdirAll(in, 0o755))
		for _, program := range has {
			script := "#!/bin/sh\ncd \"$(dirname \"$0\")\"\n" + programs[program] + "\n"
			testkit.Must(t, os.WriteFile(filepath.Join(in, program), []byte(script), 0o755))
		}
	}
	t.Setenv("PATH", folder)
	t.Setenv("TMPDIR", t.TempDir())
	testkit.Must(t, os.MkdirAll(sharing.Folder(), 0o700))
	t.Setenv("DOCKER_HOST", "")
	was := isRoot
	isRoot = root
	t.Cleanup(func() { isRoot = was })
	return folder
}

func TestNeedDocker(t *testing.T) {
	const update, options = "update -qq\n", "install -qq -y --no-install-recommends "
	for _, test := range []struct {
		name      string
		packages  map[string][]string
		installed string
		says      string
	}{
		{
			"installs Docker and starts it as a service",
			map[string][]string{"docker.io": {"docker", "dockerd", "service"}},
			update + options + "docker.io ca-certificates\n", "started Docker as a service",
		},
		{
			"starts Docker as a process if the service command is missing",
			map[string][]string{"docker.io": {"docker", "dockerd"}},
			update + options + "docker.io ca-certificates\n", "started Docker as process",
		},
		{
			"installs the client from its own package",
			map[string][]string{"docker.io": {"dockerd"}, "docker-cli": {"docker"}},
			update + options + "docker.io ca-certificates\n" + update + options + "docker-cli\n", "started Docker as process",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := newDebian(t, true, test.packages)
			var output strings.Builder
			testkit.Must(t, needDocker(t.Context(), func(format string, args ...any) { fmt.Fprintf(&output, format+"\n", args...) }))
			installed, err := os.ReadFile(filepath.Join(folder, "installed"))
			testkit.Must(t, err)
			if string(installed) != test.installed {
				t.Errorf("apt-get ran with\n%swant\n%s", installed, test.installed)
			}
			for _, part := range []string{"Docker is missing: installing docker.io", test.says} {
				if !strings.Contains(output.String(), part) {
					t.Errorf("the output is\n%swant %q in it", &output, part)
				}
			}
		})
	}
	t.Run("installs nothing and explains what to do if installation is not permitted", func(t *testing.T) {
		folder := newDebian(t, false, nil)
		err := needDocker(t.Context(), t.Logf)
		if err == nil || !strings.Contains(err.Error(), "the tests need Docker: install it, start it and let this user use it") {
			t.Errorf("got error %v", err)
		}
		if _, err := os.Stat(filepath.Join(folder, "installed")); err == nil {
			t.Error("apt-get ran, want nothing installed")
		}
	})
	t.Run("installs nothing if a remote Docker does not answer", func(t *testing.T) {
		folder := newDebian(t, true, nil)
		t.Setenv("DOCKER_HOST", "tcp://elsewhere.example:2375")
		if err := needDocker(t.Context(), t.Logf); err == nil {
			t.Error("got no error without Docker, want one")
		}
		if _, err := os.Stat(filepath.Join(folder, "installed")); err == nil {
			t.Error("apt-get ran, want nothing installed")
		}
	})
}

func TestNeedMmdebstrap(t *testing.T) {
	t.Run("installs mmdebstrap if permitted", func(t *testing.T) {
		folder := newDebian(t, true, nil)
		testkit.Must(t, needMmdebstrap(t.Context(), t.Logf))
		installed, err := os.ReadFile(filepath.Join(folder, "installed"))
		testkit.Must(t, err)
		if !strings.HasSuffix(string(installed), " mmdebstrap\n") {
			t.Errorf("apt-get ran with\n%swant mmdebstrap", installed)
		}
	})
	t.Run("explains what to do if installation is not permitted", func(t *testing.T) {
		newDebian(t, false, nil)
		if err := needMmdebstrap(t.Context(), t.Logf); err == nil || !strings.Contains(err.Error(), "install mmdebstrap and uidmap") {
			t.Errorf("got error %v", err)
		}
	})
}

func TestPullStopsAtTheFirstUnavailableImage(t *testing.T) {
	docker := newDocker(t)
	if pull(t.Context(), t.Logf) {
		t.Fatal("the pull from an empty registry succeeded, want a failure")
	}
	done, err := os.ReadFile(filepath.Join(docker, "log"))
	testkit.Must(t, err)
	if got := strings.Count(string(done), "pull "); got != 1 {
		t.Errorf("%d pulls, want 1:\n%s", got, done)
	}
}

func TestPreparedExplainsWhatIsMissing(t *testing.T) {
	newDocker(t)
	if err := Prepared(t.Context(), Redis); err == nil || !strings.Contains(err.Error(), "run make images") {
		t.Errorf("got error %v", err)
	}
	newDebian(t, false, nil)
	if err := Prepared(t.Context(), Redis); err == nil || !strings.Contains(err.Error(), "the tests need Docker") {
		t.Errorf("without Docker: %v", err)
	}
}

func TestDistribution(t *testing.T) {
	for _, test := range []struct {
		name, release, file, suite string
	}{
		{"Debian", "ID=debian\nVERSION_CODENAME=bookworm\n", "etc/apt/sources.list.d/debian.sources", "bookworm"},
		{"an older Debian", "ID=debian\nVERSION_CODENAME=bullseye\n", "etc/apt/sources.list", "bullseye"},
		{"Ubuntu", "ID=\"ubuntu\"\nVERSION_CODENAME=noble\n", "etc/apt/sources.list.d/ubuntu.sources", "noble"},
	} {
		t.Run("finds the packages of "+test.name, func(t *testing.T) {
			root := t.TempDir()
			write(t, filepath.Join(root, "etc/os-release"), test.release)
			source := filepath.Join(root, test.file)
			write(t, source, "deb …")
			write(t, filepath.Join(root, "etc/apt/sources.list.d/another.sources"), "not the distribution's")
			suite, sources, err := distribution(root)
			if suite != test.suite || !slices.Equal(sources, []string{source}) || err != nil {
				t.Errorf("got %q, %q, %v; want %q, %q", suite, sources, err, test.suite, []string{source})
			}
		})
	}
	t.Run("fails on other systems", func(t *testing.T) {
		root := t.TempDir()
		write(t, filepath.Join(root, "etc/os-release"), "ID=fedora\n")
		if _, _, err := distribution(root); err == nil {
			t.Error("got no error for Fedora, want one")
		}
		if _, _, err := distribution(t.TempDir()); err == nil {
			t.Error("got no error without os-release, want one")
		}
	})
}

func TestACommandIsStoppedWithItsChildren(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := command(ctx, "sh", "-c", `
		(trap 'echo told; exit' TERM; echo begun; for i in 1 2 3 4 5; do sleep 1; done) &
		wait`)
	out, err := c.StdoutPipe()
	testkit.Must(t, err)
	testkit.Must(t, c.Start())
	output := bufio.NewReader(out)
	for _, want := range []string{"begun\n", "told\n"} {
		if got, err := output.ReadString('\n'); got != want {
			t.Errorf("output %q, %v; want %q", got, err, want)
		}
		cancel()
	}
	if err := c.Wait(); err == nil {
		t.Error("the command succeeded, want that it was stopped")
	}
}

func TestACommandErrorContainsStderr(t *testing.T) {
	_, err := run(t.Context(), "sh", "-c", "echo one; echo two >&2; exit 3")
	if err == nil || !strings.Contains(err.Error(), "exit status 3: two") {
		t.Errorf("got error %v", err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	testkit.Must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	testkit.Must(t, os.WriteFile(path, []byte(content), 0o600))
}

package images

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// isRoot is a variable so that tests can change it.
var isRoot = os.Getuid() == 0

func mayInstall() bool { return isRoot && onPath("apt-get") }

func onPath(programs ...string) bool {
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			return false
		}
	}
	return true
}

func install(ctx context.Context, packages ...string) error {
	if _, err := run(ctx, "apt-get", "update", "-qq"); err != nil {
		return err
	}
	c := command(ctx, "apt-get", append([]string{"install", "-qq", "-y", "--no-install-recommends"}, packages...)...)
	c.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	_, err := outputOf(c)
	return err
}

func needMmdebstrap(ctx context.Context, say func(string, ...any)) error {
	if onPath("mmdebstrap") {
		return nil
	}
	if !mayInstall() {
		return errors.New("no registry answers; to make the images from packages, install mmdebstrap and uidmap")
	}
	say("installing mmdebstrap from the distribution's packages")
	return install(ctx, "mmdebstrap")
}

// distribution returns the code name of the machine's release and the files that list its
// package sources.
func distribution(root string) (suite string, sources []string, err error) {
	about, err := os.ReadFile(filepath.Join(root, "etc/os-release"))
	if err != nil {
		return "", nil, errNoPackages
	}
	release := map[string]string{}
	for line := range strings.Lines(string(about)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		release[name] = strings.Trim(value, `"`)
	}
	id := release["ID"]
	if id != "debian" && id != "ubuntu" {
		return "", nil, errNoPackages
	}
	// If neither file exists, mmdebstrap uses its default mirrors.
	for _, file := range []string{"sources.list", "sources.list.d/" + id + ".sources"} {
		path := filepath.Join(root, "etc/apt", file)
		if _, err := os.Stat(path); err == nil {
			sources = append(sources, path)
		}
	}
	return release["VERSION_CODENAME"], sources, nil
}

var errNoPackages = errors.New("no registry answers, and only Debian and Ubuntu have the packages " +
	"to make the images from: connect to a registry, or name servers that exist (docs/testing.md)")

// Package harness tests a built program from outside: over HTTP, through its commands,
// and by killing it. It starts the program's servers, makes them unavailable, and reads
// the program's output and metrics.
//
// It contains no logic of the box office. A test package describes its program once, and
// its TestMain calls Main:
//
//	var program = harness.Program{Package: "example.com/portico/cmd/portico", Contract: api.OpenAPI, …}
//
//	func TestMain(m *testing.M) { os.Exit(program.Main(m)) }
package harness

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Program describes the program that the tests of a package start.
type Program struct {
	// Package is the program's main package.
	Package string
	// Contract is the OpenAPI document of the program's REST API.
	Contract []byte
	// BasePath is the path prefix of the contract's operations, such as "/api/v1".
	BasePath string
	// Schema and Migrate are the arguments of servers.PostgresFrom.
	Schema  fs.FS
	Migrate func(ctx context.Context, url string) error
	// Extra starts additional servers for the production profile and returns the settings
	// that name them. Extra may be nil.
	Extra func(t *testing.T, dir string) (settings []string)

	builds   string // a folder
	tested   string // the binary, with the race detector if the tests have it
	released func() (string, error)

	contract routers.Router
	document *openapi3.T
	called   sync.Map // by operationId
}

// Main builds the program, runs the tests and returns the exit code. If all tests ran and
// passed, Main returns 1 unless every operation of the contract succeeded at least once.
func (p *Program) Main(m *testing.M) (code int) {
	err := p.prepare()
	defer os.RemoveAll(p.builds)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code = m.Run()
	if code != 0 || filtered() {
		return code
	}
	for _, id := range p.uncalled() {
		fmt.Fprintf(os.Stderr, "FAIL: no end-to-end test calls %s successfully\n", id)
		code = 1
	}
	return code
}

func (p *Program) prepare() error {
	var err error
	if p.document, err = openapi3.NewLoader().LoadFromData(p.Contract); err != nil {
		return fmt.Errorf("read the contract: %w", err)
	}
	p.document.Servers = openapi3.Servers{{URL: p.BasePath}}
	if p.contract, err = gorillamux.NewRouter(p.document); err != nil {
		return fmt.Errorf("read the contract: %w", err)
	}
	if p.builds, err = os.MkdirTemp("", "portico-e2e-"); err != nil {
		return err
	}
	p.released = sync.OnceValues(func() (string, error) { return p.build("released") })
	p.tested, err = p.build("tested", buildFlags...)
	return err
}

func (p *Program) build(name string, flags ...string) (binary string, err error) {
	binary = filepath.Join(p.builds, name, filepath.Base(p.Package))
	args := slices.Concat([]string{"build"}, flags, []string{"-o", binary, p.Package})
	output, err := exec.Command("go", args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build %s: %w: %s", p.Package, err, output)
	}
	return binary, nil
}

// filtered reports whether flags such as -run excluded tests. It ignores -short, because
// the tests that still run call every operation.
func filtered() bool {
	return slices.ContainsFunc([]string{"test.run", "test.skip", "test.list"}, func(name string) bool {
		return flag.Lookup(name).Value.String() != ""
	})
}

// uncalled returns the operations of the contract that no test has called successfully.
func (p *Program) uncalled() []string {
	var ids []string
	for _, path := range p.document.Paths.Map() {
		for _, operation := range path.Operations() {
			if _, called := p.called.Load(operation.OperationID); !called {
				ids = append(ids, operation.OperationID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// Package fuzz sends random requests to a running API and checks that each response
// conforms to the API's OpenAPI document.
//
// Each request begins as a valid call of a random operation. In some requests, odd values
// replace valid ones. In others, the method, the path, a header or the body is changed.
// Requests use values of earlier responses, such as ids, so that they reach existing
// objects.
//
// Request number i depends only on the seed, on i and on the values of earlier responses.
package fuzz

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Config describes an API and how to call it.
type Config struct {
	// Document is the OpenAPI document. BasePath, such as "/api/v1", precedes its paths.
	Document []byte
	BasePath string
	// Address is the host and port of the API.
	Address string
	// Pages are the prefixes of paths that the document does not describe, such as "/docs".
	Pages []string
	// Callers are the senders of requests.
	Callers []Caller
	// Values has sources of values that the schemas do not describe well enough, such as
	// ids. The key is "Component.property" for a property, "/path/{parameter}" for a path
	// parameter, and the name for any other parameter.
	Values map[string]Source
	// MaxBytes has the maximum sizes of response bodies, by operationId. For other
	// operations, and for problem documents, the maximum is 64 KiB.
	MaxBytes map[string]int
	// Seldom lists operations, by operationId, that leave an object in a state which permits
	// little else. They are called a tenth as often as others.
	Seldom []string
	// MayBeUnavailable lists the operations, by operationId, for which 503 is not a failure.
	MayBeUnavailable []string
	// Limited is true if the API limits the rate of requests.
	Limited bool
	Seed    uint64
}

// Caller is a sender of requests. Without a token, it is anonymous.
type Caller struct {
	Token string
	Roles []string // compared with the document's x-roles
}

// Source makes a value. If it returns nil, the fuzzer makes a value from the schema.
type Source func(dice *rand.Rand, seen *Seen) any

// OneOf returns a source that chooses one of the values.
func OneOf(values ...any) Source {
	return func(dice *rand.Rand, _ *Seen) any { return values[dice.IntN(len(values))] }
}

// FromResponses returns a source that chooses a value of earlier responses. Each name is
// that of a property ("Component.property") or of a header.
func FromResponses(names ...string) Source {
	return func(dice *rand.Rand, seen *Seen) any {
		if value := seen.recall(names[dice.IntN(len(names))], dice); value != "" {
			return value
		}
		return nil
	}
}

// Seen holds the strings of earlier responses, by name. It forgets the oldest ones.
type Seen struct {
	mu     sync.Mutex
	values map[string][]string
	next   map[string]int // the position in values of the next string
}

// remembered is the maximum number of strings of one name. With more, a request would
// seldom use an object while it is in a state that ends soon.
const remembered = 100

func (s *Seen) add(name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value == "" || slices.Contains(s.values[name], value) {
		return
	}
	if len(s.values[name]) < remembered {
		s.values[name] = append(s.values[name], value)
		return
	}
	s.values[name][s.next[name]] = value
	s.next[name] = (s.next[name] + 1) % remembered
}

// recall returns a random string of the name, or "" if it has seen none. It always takes
// one number from the dice, so that the rest of the request does not depend on earlier
// responses.
func (s *Seen) recall(name string, dice *rand.Rand) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	number := dice.Uint64()
	if len(s.values[name]) == 0 {
		return ""
	}
	return s.values[name][number%uint64(len(s.values[name]))]
}

// Fuzzer sends requests and collects failures.
type Fuzzer struct {
	config   Config
	contract *contract
	seen     *Seen
	sent     int

	mu       sync.Mutex
	failures []string
	tally    map[string]map[int]int // responses by operationId and status
}

// New returns a fuzzer. It fails if the document is invalid, or if a name in the
// configuration does not occur in the document.
func New(config Config) (*Fuzzer, error) {
	contract, err := newContract(config)
	if err != nil {
		return nil, err
	}
	return &Fuzzer{
		config: config, contract: contract, tally: map[string]map[int]int{},
		seen: &Seen{values: map[string][]string{}, next: map[string]int{}},
	}, nil
}

const (
	connections = 16
	maxFailures = 10 // then the fuzzer stops
)

// Run sends the next count requests. It returns descriptions of the failures, each with a
// curl command.
func (f *Fuzzer) Run(count int) (failures []string) {
	var turn atomic.Int64
	var sending sync.WaitGroup
	for range connections {
		sending.Go(func() {
			c := &connection{address: f.config.Address}
			defer c.close()
			for {
				i := int(turn.Add(1)) - 1
				if i >= count || f.failed() {
					return
				}
				f.send(c, f.request(f.sent+i))
			}
		})
	}
	sending.Wait()
	f.sent += count
	return f.failures
}

func (f *Fuzzer) failed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.failures) >= maxFailures
}

func (f *Fuzzer) send(c *connection, r request) {
	response, err := c.send(r)
	var wrong []string
	name := "no operation"
	switch _, invalid := r.parse(); {
	case err != nil && invalid != nil:
		name = "invalid HTTP" // net/http answers and closes the connection, so the answer may be lost
	case err != nil:
		wrong = []string{fmt.Sprintf("no response: %v", err)}
	default:
		op := f.contract.find(r)
		if op != nil {
			name = op.OperationID
		}
		wrong = f.contract.check(op, r, response, f.seen.add)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tally[name] == nil {
		f.tally[name] = map[int]int{}
	}
	f.tally[name][response.status]++
	if len(wrong) > 0 {
		f.failures = append(f.failures, f.describe(r, response, wrong))
	}
}

func (f *Fuzzer) describe(r request, response response, wrong []string) string {
	bodyFile := ""
	if len(r.body) > 2000 { // too long for a command line
		if file, err := os.CreateTemp("", "fuzz-body-"); err == nil {
			_, _ = file.Write(r.body)
			_ = file.Close()
			bodyFile = file.Name()
		}
	}
	return fmt.Sprintf("request %d of seed %d (%s): %s\n%s\nstatus %d: %.1000q",
		r.number, f.config.Seed, cmp.Or(strings.Join(r.changes, ", "), "valid"), strings.Join(wrong, "; "),
		r.curl(f.config.Address, bodyFile), response.status, response.body)
}

// Tally returns a line for each operation, with the number of responses of each status.
func (f *Fuzzer) Tally() string {
	var lines strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.tally)) {
		fmt.Fprintf(&lines, "%-16s", name)
		for _, status := range slices.Sorted(maps.Keys(f.tally[name])) {
			fmt.Fprintf(&lines, " %d×%d", f.tally[name][status], status)
		}
		lines.WriteString("\n")
	}
	return lines.String()
}

// Unsuccessful returns the operations that no request called successfully.
func (f *Fuzzer) Unsuccessful() []string {
	var ids []string
	for _, op := range f.contract.operations {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(f.tally[op.OperationID])), func(status int) bool { return status/100 == 2 }) {
			ids = append(ids, op.OperationID)
		}
	}
	return ids
}

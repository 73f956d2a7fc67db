// Command costs measures what one request can cost the server. It runs the box office of
// the embedded profile in its own process. To each operation of api/openapi.yaml, it sends
// the largest legal requests, and many that try to cost much before they are refused. It
// fails if a request exceeds the limits of its operation, or if it has no requests for an
// operation of the document. docs/performance.md explains its table.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"example.com/portico/api"
)

func main() {
	s := size{}
	flag.IntVar(&s.runs, "runs", 5, "how many times each request is measured; the median counts")
	flag.IntVar(&s.shows, "shows", 1000, "how many shows are on sale")
	flag.IntVar(&s.taken, "taken", 2000, "how many bookings of ten seats the largest show has")
	all := flag.Bool("all", false, "print each request, not only the costliest")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, s, *all); err != nil {
		fmt.Fprintln(os.Stderr, "costs:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, s size, all bool) error {
	if err := checkComplete(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "portico-costs-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o, cleanup, err := open(ctx, dir, s)
	if err != nil {
		return err
	}
	defer cleanup()
	var results []result
	for _, op := range operations {
		measured, err := o.measure(ctx, op)
		if err != nil {
			return err
		}
		results = append(results, measured...)
	}
	report(out, results, all)
	return check(results, true)
}

// checkComplete returns an error unless the list operations has each operation of the
// document.
func checkComplete() error {
	document, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	if err != nil {
		return err
	}
	var missing []error
	for _, path := range document.Paths.Map() {
		for _, described := range path.Operations() {
			if !slices.ContainsFunc(operations, func(op operation) bool { return op.id == described.OperationID }) {
				missing = append(missing, fmt.Errorf("no requests for the operation %s", described.OperationID))
			}
		}
	}
	return errors.Join(missing...)
}

// cost is what one request took.
type cost struct {
	memory   int // bytes allocated, including those that were freed meanwhile
	cpu      time.Duration
	response int // bytes before compression
}

// result is the cost of one request: the median of its runs.
type result struct {
	op      operation
	request string
	status  int
	cost
}

func (r result) accepted() bool { return r.status < http.StatusBadRequest }

func (r result) limits() limits {
	if r.accepted() {
		return r.op.accepted
	}
	return usual
}

func (o *office) measure(ctx context.Context, op operation) (results []result, err error) {
	err = caught(func() {
		for _, v := range op.variants(o) {
			if ctx.Err() != nil {
				panic(fatal{ctx.Err()})
			}
			r := o.measureRuns(op, v, false)
			if !o.brief {
				zipped := o.measureRuns(op, v, true)
				r.memory, r.cpu = max(r.memory, zipped.memory), max(r.cpu, zipped.cpu)
			}
			results = append(results, r)
		}
	})
	return results, err
}

func (o *office) measureRuns(op operation, v variant, gzip bool) result {
	r := result{op: op, request: v.name}
	var memory, cpu []int
	for range o.runs {
		raw := v.next(o).bytes(gzip)
		a := &answer{header: http.Header{}}
		before, since := allocated(), cpuTime()
		o.handle(a, raw)
		cpu, memory = append(cpu, int(cpuTime()-since)), append(memory, int(allocated()-before))
		if a.status >= http.StatusInternalServerError {
			panic(fatal{fmt.Errorf("%s, %s: status %d", op.id, v.name, a.status)})
		}
		r.status, r.response = max(r.status, a.status), max(r.response, a.size)
	}
	r.memory, r.cpu = median(memory), time.Duration(median(cpu))
	return r
}

func median(values []int) int {
	slices.Sort(values)
	return values[len(values)/2]
}

// allocated returns how many bytes this process has ever allocated.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// cpuTime returns the processor time that this process has used.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(fatal{err})
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// report prints, for each operation, the highest costs of its accepted and of its refused
// requests, and which requests used the most memory and CPU time.
func report(out io.Writer, results []result, all bool) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "operation\toutcome\tmemory\tCPU\tresponse\tcostliest in memory, in CPU")
	row := func(r result, outcome, name string) {
		fmt.Fprintf(table, "%s\t%s\t%.1f MiB\t%.1f ms\t%.1f KiB\t%s\n", r.op.id, outcome, float64(r.memory)/(1<<20), r.cpu.Seconds()*1e3, float64(r.response)/1024, name)
	}
	for _, r := range results {
		if all {
			row(r, fmt.Sprint(r.status), r.request)
		}
	}
	for _, op := range operations {
		for _, outcome := range []string{"accepted", "refused"} {
			most := result{op: op}
			var byMemory, byCPU string
			for _, r := range results {
				if r.op.id != op.id || r.accepted() != (outcome == "accepted") {
					continue
				}
				if r.memory > most.memory {
					most.memory, byMemory = r.memory, r.request
				}
				if r.cpu > most.cpu {
					most.cpu, byCPU = r.cpu, r.request
				}
				most.response = max(most.response, r.response)
			}
			row(most, outcome, byMemory+"; "+byCPU)
		}
	}
	_ = table.Flush() // errors are ignored, as for Fprintf
}

// check returns an error that names the requests that exceed their limits.
func check(results []result, times bool) error {
	var problems []error
	for _, r := range results {
		most := r.limits()
		exceeds := func(what string, got, want any) {
			problems = append(problems, fmt.Errorf("%s, %s (status %d): %s %v, want at most %v", r.op.id, r.request, r.status, what, got, want))
		}
		if r.memory > most.memory {
			exceeds("memory in bytes", r.memory, most.memory)
		}
		if r.response > most.response {
			exceeds("response in bytes", r.response, most.response)
		}
		if times && r.cpu > most.cpu {
			exceeds("CPU time", r.cpu, most.cpu)
		}
	}
	return errors.Join(problems...)
}

func hasOutcome(results []result, accepted bool) bool {
	return slices.ContainsFunc(results, func(r result) bool { return r.accepted() == accepted })
}

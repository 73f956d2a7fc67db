package servers

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// FreeAddress returns an address on which no process listens. The system does not assign
// the port to clients, so a process can stop listening and listen again.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := listenAnywhere(t.Context(), "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// listenAnywhere listens on a random port below the ephemeral ports. Ephemeral ports
// begin at 32768 on Linux and at 49152 in RFC 6335, section 6.
func listenAnywhere(ctx context.Context, host string) (net.Listener, error) {
	var errs []error
	for range 20 {
		port := 10_000 + rand.IntN(20_000)
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			return l, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

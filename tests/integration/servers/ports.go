package servers

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// FreeAddress is one at which nobody listens, and which the system does not give
// to who asks for any: so it can be let go of and taken again.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := listenAnywhere(t.Context(), "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// listenAnywhere chooses a port below those for clients, which begin at 32768 on
// Linux and at 49152 by RFC 6335, section 6.
func listenAnywhere(ctx context.Context, host string) (net.Listener, error) {
	var errs []error
	for range 20 {
		port := 10_000 + rand.IntN(20_000) //nolint:gosec // no secret
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			return l, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

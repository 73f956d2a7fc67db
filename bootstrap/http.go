package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"time"
)

func listen(ctx context.Context, setting, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w; set %s to another address", addr, err, setting)
	}
	return l, nil
}

// HTTPServer serves HTTP.
type HTTPServer struct {
	Handler http.Handler
	// WriteTimeout limits the time to handle a request and write its response.
	WriteTimeout time.Duration
	// Grace limits the time to drain the server.
	Grace time.Duration
	// MaxConnections is the maximum number of open connections.
	MaxConnections int
	// MaxPerAddress is the maximum for each address that is no trusted proxy; 0 means no
	// limit.
	MaxPerAddress int
	// TrustedProxies forward the connections of many clients.
	TrustedProxies []netip.Prefix
	// ErrorLog receives the errors of connections.
	ErrorLog *log.Logger
}

// Serve serves until ctx ends, then waits up to the grace period for requests in flight.
func (s HTTPServer) Serve(ctx context.Context, l net.Listener) error {
	all := limitConnections(l, s)
	server := &http.Server{
		Handler:           all.busy(s.Handler),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      s.WriteTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          s.ErrorLog,
		ConnState:         all.idle,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, c)
		},
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(all) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Grace)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return errors.Join(fmt.Errorf("requests were still in flight after %s", s.Grace), server.Close())
	}
	return nil
}

// LocalURL returns the URL at which clients on the same machine reach a server that
// listens on addr.
func LocalURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

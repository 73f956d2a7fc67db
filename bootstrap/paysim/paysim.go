// Package paysim runs the payment simulator, in a separate process or inside the embedded
// profile.
package paysim

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"example.com/portico/adapters/payments"
	"example.com/portico/bootstrap"
)

// Simulator is a payment simulator that listens on an address.
type Simulator struct {
	simulator *payments.Simulator
	handler   http.Handler
	listener  net.Listener
}

// Listen opens the ledger and listens on addr. If key is empty, Listen makes a random one.
// If signingKey is not empty, requests must be signed with it.
func Listen(ctx context.Context, addr, ledger, key, signingKey string) (*Simulator, error) {
	simulator, err := payments.OpenSimulator(ledger, cmp.Or(key, rand.Text()))
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("payment simulator: listen on %s: %w", addr, err), simulator.Close())
	}
	s := &Simulator{simulator: simulator, handler: simulator, listener: listener}
	if signingKey != "" {
		s.handler = payments.RequireSignature(simulator, signingKey)
	}
	return s, nil
}

// URL returns the URL of the simulator, which contains its key.
func (s *Simulator) URL() string { return s.simulator.URL(s.listener.Addr().String()) }

// Serve serves until ctx ends. It then closes the simulator. This ends the requests that
// the simulator deliberately leaves unanswered.
func (s *Simulator) Serve(ctx context.Context) error {
	closed := make(chan error, 1)
	context.AfterFunc(ctx, func() { closed <- s.simulator.Close() })
	server := bootstrap.HTTPServer{Handler: s.handler, WriteTimeout: time.Minute, Grace: time.Second, MaxConnections: 1000}
	if err := server.Serve(ctx, s.listener); err != nil {
		return err
	}
	return <-closed
}

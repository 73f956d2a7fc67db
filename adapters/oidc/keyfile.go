package oidc

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// loadOrCreateKey reads an Ed25519 key, PKCS #8 in PEM, from a file. If the file
// does not exist it creates a key. Concurrent processes get the same key.
func loadOrCreateKey(file string) (ed25519.PrivateKey, error) {
	key, err := readKey(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := createKey(file); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return readKey(file)
}

func readKey(file string) (ed25519.PrivateKey, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, fmt.Errorf("%s is not in PEM format", file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s is not a private key in PKCS #8", file)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s is not an Ed25519 key", file)
	}
	return key, nil
}

// createKey fails with fs.ErrExist if another process was faster.
func createKey(file string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	dir, name := filepath.Split(file)
	if err := os.MkdirAll(filepath.Clean(dir), 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Clean(dir), name+".*.tmp") // readable by its owner only
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	defer draft.Close()
	if err := pem.Encode(draft, &pem.Block{Type: "PRIVATE KEY", Bytes: der}); err != nil {
		return err
	}
	if err := draft.Sync(); err != nil { // otherwise a power cut could leave half a key for ever
		return err
	}
	// A link, unlike a rename, replaces nothing.
	return os.Link(draft.Name(), file)
}

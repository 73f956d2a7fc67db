// Command portico is the box office: its API, its worker, and what an operator
// needs beside them.
package main

import (
	"os"

	"example.com/portico/bootstrap"
)

func main() {
	os.Exit(bootstrap.Main(os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

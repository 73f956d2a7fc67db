// Command remove removes the shared test servers, unless a test process uses them.
package main

import (
	"fmt"
	"os"

	"example.com/portico/tests/integration/servers/sharing"
)

func main() {
	if err := sharing.RemoveUnused(); err != nil {
		fmt.Fprintln(os.Stderr, "remove the test servers:", err)
		os.Exit(1)
	}
}

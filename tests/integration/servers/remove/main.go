// Command remove removes the servers that the tests left for each other, unless
// a test process still uses them.
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

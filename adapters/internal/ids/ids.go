// Package ids generates UUIDs.
package ids

import "github.com/google/uuid"

// New returns a UUID version 7. Within a process, later ids are greater.
func New() string {
	return uuid.Must(uuid.NewV7()).String() // never panics, because crypto/rand ends the process on failure
}

// Package migrations holds the schema of each database, in goose's SQL format.
package migrations

import "embed"

// SQLite contains the SQLite migrations.
//
//go:embed sqlite/*.sql
var SQLite embed.FS

// Postgres contains the Postgres migrations.
//
//go:embed postgres/*.sql
var Postgres embed.FS

// Package migrations holds the schema of each database, in goose's SQL format.
package migrations

import "embed"

// SQLite has its files in the folder sqlite.
//
//go:embed sqlite/*.sql
var SQLite embed.FS

// Postgres has its files in the folder postgres.
//
//go:embed postgres/*.sql
var Postgres embed.FS

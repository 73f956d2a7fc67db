// Package migrations holds the schema of each database, in goose's SQL format.
package migrations

import "embed"

// SQLite has its files in the folder sqlite.
//
//go:embed sqlite/*.sql
var SQLite embed.FS

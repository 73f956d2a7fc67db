// Package migrations holds the schema of each database, in goose's SQL format.
//
// The first three migrations are copies of the box office's 0001_messages, 0008_audit_log
// and 0009_inbox_age, which every service needs. Goose numbers the migrations of a
// database in one sequence, so a set that is applied on its own must begin at 0001. The
// set replaces that of the box office when a fork moves it up one folder.
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

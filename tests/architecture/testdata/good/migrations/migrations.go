package migrations

import "embed"

package seatrows

import "example.com/sample/adapters/sqlite"

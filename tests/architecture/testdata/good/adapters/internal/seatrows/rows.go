package seatrows

import "example.com/sample/domain/show"

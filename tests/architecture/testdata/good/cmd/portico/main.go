package main

import (
	"os"

	"example.com/sample/bootstrap/embedded"
)

package main

import "example.com/sample/adapters/sqlite"

package server

import "example.com/sample/application"

package tools

import "example.com/not-of-this-module"

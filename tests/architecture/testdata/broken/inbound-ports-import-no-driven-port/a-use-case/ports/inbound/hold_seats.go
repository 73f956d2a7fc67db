package inbound

import "example.com/sample/application"

package application

import "net/http"

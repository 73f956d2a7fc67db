package application

import "crypto/rand"

package booking

import "os"

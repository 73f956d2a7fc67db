package settings

import "os"

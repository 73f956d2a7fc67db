package ports

import "errors"

package contract

import "pgregory.net/rapid"

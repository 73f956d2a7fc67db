package show

import "math/rand/v2"

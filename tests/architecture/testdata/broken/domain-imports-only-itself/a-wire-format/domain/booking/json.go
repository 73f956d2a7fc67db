package booking

import "encoding/json"

package platform

import "encoding/json"

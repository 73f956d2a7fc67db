// Package retry is on its way to ports/outbound.
package retry

import "example.com/portico/ports/outbound"

// Policy is outbound.RetryPolicy.
type Policy = outbound.RetryPolicy

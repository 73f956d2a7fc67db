package invitationmetrics

import (
	_ "example.com/sample/adapters/telemetry"
	_ "example.com/sample/domain/starter/invitation"
)

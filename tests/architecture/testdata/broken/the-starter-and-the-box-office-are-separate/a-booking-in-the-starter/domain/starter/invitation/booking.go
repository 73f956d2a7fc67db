package invitation

import _ "example.com/sample/domain/booking"

package rows

import _ "example.com/sample/domain/booking"

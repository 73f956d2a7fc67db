package application

import _ "example.com/sample/domain/starter/invitation"

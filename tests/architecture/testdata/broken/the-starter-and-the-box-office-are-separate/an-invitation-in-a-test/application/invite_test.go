package application_test

import _ "example.com/sample/domain/starter/invitation"

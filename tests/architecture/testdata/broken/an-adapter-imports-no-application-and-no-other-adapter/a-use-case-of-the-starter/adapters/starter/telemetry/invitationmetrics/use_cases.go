package invitationmetrics

import _ "example.com/sample/application/starter"

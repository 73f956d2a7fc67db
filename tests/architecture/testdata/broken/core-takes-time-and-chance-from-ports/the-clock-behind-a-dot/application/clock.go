package application

import . "time"

var now = Now

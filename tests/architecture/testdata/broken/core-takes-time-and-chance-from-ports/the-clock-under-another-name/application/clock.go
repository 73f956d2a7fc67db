package application

import clock "time"

var now = clock.Now

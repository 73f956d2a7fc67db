// Package rows turns what the domain stores into rows of SQL tables and back.
package rows

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Time is in UTC, to the microsecond. The zero time is NULL. A column gives it
// as a time or as microseconds since 1970.
type Time struct{ time.Time }

// TimeOf is the time t as a column holds it.
func TimeOf(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }

// Value is for database/sql.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.Time, nil
}

// Scan is for database/sql.
func (t *Time) Scan(column any) error {
	switch v := column.(type) {
	case nil:
		t.Time = time.Time{}
	case int64:
		t.Time = time.UnixMicro(v).UTC()
	case time.Time:
		t.Time = v.UTC()
	default:
		return fmt.Errorf("a time was stored as a %T", column)
	}
	return nil
}

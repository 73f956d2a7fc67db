package sqlstore

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Time is a time in UTC, to the microsecond. The zero time is stored as NULL. A driver
// returns the column as a time or as microseconds since 1970.
type Time struct{ time.Time }

// TimeOf converts t to a column value.
func TimeOf(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }

// Value implements [driver.Valuer].
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.Time, nil
}

// Scan implements [sql.Scanner].
func (t *Time) Scan(column any) error {
	switch v := column.(type) {
	case nil:
		t.Time = time.Time{}
	case int64:
		t.Time = time.UnixMicro(v).UTC()
	case time.Time:
		t.Time = v.UTC()
	default:
		return fmt.Errorf("the column holds a %T, not a time", column)
	}
	return nil
}

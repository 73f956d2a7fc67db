package seatmaps_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.com/portico/adapters/redis"
	"example.com/portico/adapters/redis/seatmaps"
	"example.com/portico/domain/booking"
	"example.com/portico/ports/platform"
	"example.com/portico/tests/integration/servers"
	"example.com/portico/tests/testkit"
)

// BenchmarkReadsDuringHolds reads a map while holds invalidate it, and reports how often
// the map was loaded from its source.
func BenchmarkReadsDuringHolds(b *testing.B) {
	for _, perSecond := range []int{10, 1000} {
		b.Run(fmt.Sprint(perSecond, " holds per second"), func(b *testing.B) {
			client, err := redis.Open(servers.Redis(b), redis.OperationTimeout)
			testkit.Must(b, err)
			defer client.Close()
			source := newSource(b)
			cache := seatmaps.New(client, source, func(_ context.Context, err error) { b.Error(err) })
			holds := time.NewTicker(time.Second / time.Duration(perSecond))
			defer holds.Stop()
			events := []platform.Event{{Body: booking.SeatsHeld{Show: "s-1"}}}
			for b.Loop() {
				select {
				case <-holds.C:
					testkit.Must(b, cache.InvalidateOnPublish(publisher(accept)).Publish(b.Context(), events))
				default:
				}
				_, err := cache.Get(b.Context(), "s-1")
				testkit.Must(b, err)
			}
			b.ReportMetric(float64(source.reads.Load())/b.Elapsed().Seconds(), "loads/s")
		})
	}
}

package bootstrap

import (
	"net"
	"net/http"
	"net/netip"
	"testing"
)

// fakeConn is a connection from a TCP address.
type fakeConn struct {
	net.Conn
	remote netip.AddrPort
	closed bool
}

func (c *fakeConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }
func (c *fakeConn) Close() error         { c.closed = true; return nil }

// client is a connection and what the listener made of it.
type client struct {
	*fakeConn
	conn *connection // nil if the listener refused it
}

// clients connects clients from addresses, one after the other. They wait for requests.
func clients(all *connections, addresses ...string) []client {
	var list []client
	for _, a := range addresses {
		c := client{fakeConn: &fakeConn{remote: netip.AddrPortFrom(netip.MustParseAddr(a), 4711)}}
		c.conn, _ = all.admit(c.fakeConn).(*connection)
		list = append(list, c)
	}
	return list
}

// begin and end mark a connection as net/http does for a request.
func (c client) begin() { c.conn.begin() }
func (c client) end()   { c.conn.all.idle(c.conn, http.StateIdle) }

func TestConnections(t *testing.T) {
	const mallory, other, bob = "192.0.2.1", "192.0.2.2", "192.0.2.3"
	wantClosed := func(t *testing.T, list []client, want ...int) {
		t.Helper()
		closed := map[int]bool{}
		for _, i := range want {
			closed[i] = true
		}
		for i, c := range list {
			if c.closed != closed[i] {
				t.Errorf("connection %d from %s is closed: %v, want %v", i, c.remote.Addr(), c.closed, closed[i])
			}
		}
	}
	limits := func(all, perAddress int, proxies ...netip.Prefix) *connections {
		return limitConnections(nil, HTTPServer{MaxConnections: all, MaxPerAddress: perAddress, TrustedProxies: proxies})
	}

	t.Run("close the one that has waited the longest", func(t *testing.T) {
		all := limits(3, 0)
		list := clients(all, mallory, mallory, mallory)
		list[0].begin()
		list[0].end() // now the second has waited the longest
		clients(all, mallory)
		wantClosed(t, list, 1)
	})
	t.Run("never close one that is busy", func(t *testing.T) {
		all := limits(3, 0)
		list := clients(all, mallory, mallory, mallory)
		list[0].begin()
		list[1].begin()
		clients(all, mallory)
		wantClosed(t, list, 2)
	})
	t.Run("close one of the same address at its limit", func(t *testing.T) {
		all := limits(100, 2)
		list := clients(all, bob, mallory, mallory, mallory)
		wantClosed(t, list, 1)
	})
	t.Run("refuse more while all of the address are busy", func(t *testing.T) {
		all := limits(100, 2)
		list := clients(all, mallory, mallory)
		list[0].begin()
		list[1].begin()
		if refused := clients(all, mallory)[0]; refused.conn != nil {
			t.Error("a third connection of the address was admitted")
		}
		if admitted := clients(all, bob)[0]; admitted.conn == nil {
			t.Error("a connection of another address was refused")
		}
		wantClosed(t, list)
	})
	t.Run("do not limit a trusted proxy", func(t *testing.T) {
		all := limits(100, 2, netip.MustParsePrefix("192.0.2.0/31"))
		wantClosed(t, clients(all, mallory, mallory, mallory, mallory))
	})
	t.Run("close one of the address that has the most", func(t *testing.T) {
		all := limits(4, 3)
		list := clients(all, bob, mallory, mallory, mallory, other)
		wantClosed(t, list, 1)
	})
	t.Run("count an IPv6 network as one address", func(t *testing.T) {
		all := limits(100, 1)
		list := clients(all, "2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:3::1")
		wantClosed(t, list, 0)
	})
	t.Run("forget an address that has none", func(t *testing.T) {
		all := limits(100, 2)
		for _, c := range clients(all, mallory, mallory, mallory, bob) {
			_ = c.conn.Close()
			_ = c.conn.Close() // as net/http may
		}
		if all.open != 0 || len(all.addresses) > 0 {
			t.Errorf("%d connections of %d addresses are counted, want none", all.open, len(all.addresses))
		}
	})
}

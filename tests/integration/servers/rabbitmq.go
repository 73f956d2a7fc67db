package servers

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/portico/tests/integration/images"
)

const (
	amqpPort = "5672/tcp"
	apiPort  = "15672/tcp"
)

var rabbitmq = server{
	image: images.RabbitMQ,
	ports: []string{amqpPort, apiPort},
	data:  []string{"/var/lib/rabbitmq"},
	env: map[string]string{
		"RABBITMQ_DEFAULT_USER": "tests",
		"RABBITMQ_DEFAULT_PASS": "tests",
		"RABBITMQ_LOG":          "error",
		// The +sbwt options stop the busy wait of idle schedulers, which would slow the
		// tests down.
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
	},
	cmd: []string{"rabbitmq-server"},
	ready: func(ctx context.Context, at addresses) error {
		r := rabbitMQAt(at)
		if err := r.call(ctx, http.MethodGet, "/vhosts", nil); err != nil {
			return err
		}
		c, err := amqp.DialConfig(r.amqp.String(), amqp.Config{Dial: amqp.DefaultDial(5 * time.Second)})
		if err != nil {
			return err
		}
		return c.Close()
	},
}

// rabbitMQ has the URLs of a server and its management API.
type rabbitMQ struct{ amqp, api *url.URL }

func rabbitMQAt(at addresses) rabbitMQ {
	user := url.UserPassword("tests", "tests")
	return rabbitMQ{
		amqp: &url.URL{Scheme: "amqp", User: user, Host: at[amqpPort], Path: "/"},
		api:  &url.URL{Scheme: "http", User: user, Host: at[apiPort]},
	}
}

var rabbitMQServer = sync.OnceValues(func() (rabbitMQ, error) {
	if given := os.Getenv("TEST_RABBITMQ_URL"); given != "" {
		return rabbitMQGiven(given, os.Getenv("TEST_RABBITMQ_API_URL"))
	}
	at, err := rabbitmq.shared()
	return rabbitMQAt(at), err
})

// rabbitMQGiven parses the URLs. If apiURL is empty, the management API has its default
// port.
func rabbitMQGiven(amqpURL, apiURL string) (rabbitMQ, error) {
	server, err := url.Parse(amqpURL)
	if err != nil {
		return rabbitMQ{}, fmt.Errorf("TEST_RABBITMQ_URL: %w", err)
	}
	api, err := url.Parse(cmp.Or(apiURL, "http://"+net.JoinHostPort(server.Hostname(), "15672")))
	if err != nil {
		return rabbitMQ{}, fmt.Errorf("TEST_RABBITMQ_API_URL: %w", err)
	}
	if api.User == nil {
		api.User = server.User
	}
	return rabbitMQ{server, api}, nil
}

// RabbitMQ returns the URL of a new virtual host. The URL's user has all permissions on
// the virtual host.
func RabbitMQ(t testing.TB) string {
	t.Helper()
	Needed(t)
	r, err := rabbitMQServer()
	if err != nil {
		t.Fatal(err)
	}
	name := "test-" + strings.ToLower(rand.Text()[:12])
	vhost := "/vhosts/" + name
	if err := r.call(t.Context(), http.MethodPut, vhost, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := r.call(ctx, http.MethodDelete, vhost, nil); err != nil {
			t.Error(err)
		}
	})
	all := map[string]string{"configure": ".*", "write": ".*", "read": ".*"}
	if err := r.call(t.Context(), http.MethodPut, "/permissions/"+name+"/"+r.amqp.User.Username(), all); err != nil {
		t.Fatal(err)
	}
	fresh := *r.amqp
	fresh.Path = "/" + name
	return fresh.String()
}

func (r rabbitMQ) call(ctx context.Context, method, path string, body any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, r.api.String()+"/api"+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Close = true // tests that look for leaks would report an open connection
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= http.StatusBadRequest {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1000))
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	return nil
}

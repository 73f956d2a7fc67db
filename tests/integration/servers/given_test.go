package servers

import (
	"net/url"
	"os"
	"os/exec"
	"testing"
)

func TestExistingServersAreUsedInsteadOfContainers(t *testing.T) {
	t.Parallel()
	Needed(t)
	postgres, err := postgresServer()
	if err != nil {
		t.Fatal(err)
	}
	rabbit, err := rabbitMQServer()
	if err != nil {
		t.Fatal(err)
	}
	redis, err := redisServer()
	if err != nil {
		t.Fatal(err)
	}
	s3, err := s3Server()
	if err != nil {
		t.Fatal(err)
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^Test(Postgres|PostgresFrom|RabbitMQ|Redis|S3)$")
	again.Env = append(os.Environ(),
		"DOCKER_HOST=unix:///nowhere",
		"TEST_POSTGRES_URL="+postgres,
		"TEST_RABBITMQ_URL="+rabbit.amqp.String(),
		"TEST_RABBITMQ_API_URL="+(&url.URL{Scheme: "http", Host: rabbit.api.Host}).String(),
		"TEST_REDIS_URL="+redis,
		"TEST_S3_URL=s3://?endpoint="+s3.endpoint,
		"AWS_ACCESS_KEY_ID="+s3.accessKeyID,
		"AWS_SECRET_ACCESS_KEY="+s3.secretAccessKey,
	)
	if output, err := again.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}

func TestTheManagementAPIHasADefaultPort(t *testing.T) {
	r, err := rabbitMQGiven("amqp://me:secret@mq.example:5672/", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.api.String(); got != "http://me:secret@mq.example:15672" {
		t.Errorf("got %s, want http://me:secret@mq.example:15672", got)
	}
}

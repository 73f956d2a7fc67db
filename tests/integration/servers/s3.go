package servers

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"example.com/portico/tests/integration/images"
)

const s3Port = "7070/tcp"

var s3Gateway = server{
	image: images.S3,
	ports: []string{s3Port},
	data:  []string{"/objects", "/attributes"},
	env:   map[string]string{"ROOT_ACCESS_KEY": "tests", "ROOT_SECRET_KEY": "tests"},
	// Not every tmpfs supports extended attributes, so the gateway keeps metadata in a
	// folder.
	cmd: []string{"--port", ":7070", "posix", "--sidecar", "/attributes", "/objects"},
	ready: func(ctx context.Context, at addresses) error {
		_, err := s3At(at).client().ListBuckets(ctx, &s3.ListBucketsInput{})
		return err
	},
}

// Bucket is a bucket of an S3 service that uses path-style addresses.
type Bucket struct {
	URL             string // s3://NAME?endpoint=…&region=…
	AccessKeyID     string // AWS_ACCESS_KEY_ID
	SecretAccessKey string // AWS_SECRET_ACCESS_KEY
}

type s3Service struct{ endpoint, region, accessKeyID, secretAccessKey string }

func s3At(at addresses) s3Service {
	return s3Service{"http://" + at[s3Port], "us-east-1", "tests", "tests"}
}

var s3Server = sync.OnceValues(func() (s3Service, error) {
	if given := os.Getenv("TEST_S3_URL"); given != "" {
		u, err := url.Parse(given)
		if err != nil {
			return s3Service{}, fmt.Errorf("TEST_S3_URL: %w", err)
		}
		return s3Service{
			endpoint:        u.Query().Get("endpoint"),
			region:          cmp.Or(u.Query().Get("region"), "us-east-1"),
			accessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
			secretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		}, nil
	}
	at, err := s3Gateway.shared()
	return s3At(at), err
})

// S3 returns a new bucket.
func S3(t testing.TB) Bucket {
	t.Helper()
	Needed(t)
	service, err := s3Server()
	if err != nil {
		t.Fatal(err)
	}
	name := "test-" + strings.ToLower(rand.Text()[:12])
	if err := service.create(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := service.remove(ctx, name); err != nil {
			t.Error(err)
		}
	})
	return service.bucket(name)
}

// Through returns the same bucket at another endpoint, such as that of a Line.
func (b Bucket) Through(endpoint string) Bucket {
	u, err := url.Parse(b.URL)
	if err != nil {
		panic(err) // the URL was made by s3Service.bucket
	}
	parameters := u.Query()
	parameters.Set("endpoint", endpoint)
	u.RawQuery = parameters.Encode()
	b.URL = u.String()
	return b
}

func (s s3Service) bucket(name string) Bucket {
	parameters := url.Values{"endpoint": {s.endpoint}, "region": {s.region}}
	return Bucket{"s3://" + name + "?" + parameters.Encode(), s.accessKeyID, s.secretAccessKey}
}

func (s s3Service) create(ctx context.Context, bucket string) error {
	_, err := s.client().CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket})
	return err
}

func (s s3Service) remove(ctx context.Context, bucket string) error {
	c := s.client()
	pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, o := range page.Contents {
			if _, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: o.Key}); err != nil {
				return err
			}
		}
	}
	_, err := c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &bucket})
	return err
}

func (s s3Service) client() *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(s.endpoint),
		Region:       s.region,
		Credentials:  credentials.NewStaticCredentialsProvider(s.accessKeyID, s.secretAccessKey, ""),
		UsePathStyle: true,
		// Tests that look for leaks would report an open connection.
		HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	})
}

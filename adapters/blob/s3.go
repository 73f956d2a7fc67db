package blob

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	"gocloud.dev/blob/s3blob"
)

// patience is how long S3 is waited for.
type patience struct {
	connect time.Duration
	silent  time.Duration // that S3 says nothing; a part of a file has to be sent within that too
	pause   time.Duration // at most, before another try
}

// A request that fails for no fault of its own is made again. With all its tries
// it takes less than 20 seconds when S3 is away.
const mostTries = 3

var usually = patience{connect: 2 * time.Second, silent: 5 * time.Second, pause: time.Second}

// OpenS3 keeps the files in a bucket of S3: s3://BUCKET?region=eu-central-1. Of a
// service that is like S3 it needs the endpoint too, and addresses it by path:
// s3://BUCKET?endpoint=https://minio.example:9000&region=us-east-1. Credentials,
// and all else that the address does not say, come from the environment and the
// files that are usual with AWS: AWS_ACCESS_KEY_ID and so on. They have to allow
// s3:GetObject, s3:PutObject, s3:AbortMultipartUpload and s3:ListBucket, without
// which S3 does not tell what is missing from what is forbidden. Nothing is sent
// yet.
func OpenS3(ctx context.Context, address string) (*Objects, error) {
	return openS3(ctx, address, usually)
}

func openS3(ctx context.Context, address string, waits patience) (*Objects, error) {
	bucket, endpoint, region, err := parseS3(address)
	if err != nil {
		return nil, fmt.Errorf("open S3: %w", err)
	}
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithRegion(region),
		config.WithHTTPClient(awshttp.NewBuildableClient().
			WithDialerOptions(func(d *net.Dialer) { d.Timeout = waits.connect }).
			WithReadTimeout(waits.silent)),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = mostTries, waits.pause })
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("open S3: %w", err)
	}
	if cfg.Region == "" {
		return nil, errors.New("open S3: neither the address nor AWS_REGION names a region")
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		if endpoint != "" {
			o.BaseEndpoint, o.UsePathStyle = &endpoint, true
		}
		o.DisableLogOutputChecksumValidationSkipped = true
	})
	opened, err := s3blob.OpenBucket(ctx, client, bucket, &s3blob.Options{RequestChecksumCalculation: cfg.RequestChecksumCalculation})
	if err != nil {
		return nil, fmt.Errorf("open S3: %w", err)
	}
	return &Objects{opened, func(ctx context.Context) error {
		_, _, err := opened.ListPage(ctx, blob.FirstPageToken, 1, nil)
		return err
	}}, nil
}

// parseS3 quotes nothing in its errors: somebody may have put a key where no key
// belongs.
func parseS3(address string) (bucket, endpoint, region string, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil || u.Path != "" {
		return "", "", "", errors.New("want an address such as s3://BUCKET?region=eu-central-1")
	}
	parameters := u.Query()
	endpoint, region = parameters.Get("endpoint"), parameters.Get("region")
	parameters.Del("endpoint")
	parameters.Del("region")
	if len(parameters) > 0 {
		return "", "", "", errors.New("the address has another parameter than endpoint and region")
	}
	if endpoint != "" {
		if u, err := url.Parse(endpoint); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			return "", "", "", errors.New("the endpoint in the address is no http or https URL")
		}
	}
	return u.Host, endpoint, region, nil
}

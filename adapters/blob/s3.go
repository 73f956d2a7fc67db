package blob

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob/s3blob"
)

type timeouts struct {
	connect    time.Duration
	read       time.Duration // also limits the time for sending one part of a file
	maxBackOff time.Duration
}

// maxAttempts is the maximum number of attempts per request. While S3 is unavailable, the
// attempts for one request take less than 20 seconds in total.
const maxAttempts = 3

var defaultTimeouts = timeouts{connect: 2 * time.Second, read: 5 * time.Second, maxBackOff: time.Second}

// OpenS3 opens a store in an S3 bucket. The address is s3://BUCKET?region=eu-central-1,
// for example. For an S3-compatible service, the address also names the endpoint:
// s3://BUCKET?endpoint=https://minio.example:9000&region=us-east-1. With an endpoint,
// OpenS3 uses path-style URLs. Credentials and all other options come from the AWS
// environment variables and configuration files, whose endpoint must use https. The
// credentials must allow s3:GetObject, s3:PutObject, s3:AbortMultipartUpload and
// s3:ListBucket. Without s3:ListBucket, S3 answers 403 for a missing file. OpenS3 does
// not connect to S3.
func OpenS3(ctx context.Context, address string) (*Objects, error) {
	return openS3(ctx, address, defaultTimeouts)
}

func openS3(ctx context.Context, address string, limits timeouts) (*Objects, error) {
	bucket, endpoint, region, err := parseS3(address)
	if err != nil {
		return nil, fmt.Errorf("open S3: %w", err)
	}
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithRegion(region),
		config.WithHTTPClient(awshttp.NewBuildableClient().
			WithDialerOptions(func(d *net.Dialer) { d.Timeout = limits.connect }).
			WithReadTimeout(limits.read)),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = maxAttempts, limits.maxBackOff })
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
	// The service checks its settings for plain-text URLs, but not the AWS configuration.
	if base := client.Options().BaseEndpoint; endpoint == "" && base != nil && !strings.HasPrefix(*base, "https://") {
		return nil, errors.New("open S3: the endpoint in the AWS configuration is not an https URL: name it in the address instead")
	}
	opened, err := s3blob.OpenBucket(ctx, client, bucket, &s3blob.Options{RequestChecksumCalculation: cfg.RequestChecksumCalculation})
	if err != nil {
		return nil, fmt.Errorf("open S3: %w", err)
	}
	return &Objects{opened}, nil
}

// parseS3 does not quote the address in its errors, because the address may contain a
// secret.
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
		return "", "", "", errors.New("the address has a parameter other than endpoint and region")
	}
	if endpoint != "" {
		if u, err := url.Parse(endpoint); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			return "", "", "", errors.New("the endpoint in the address is not an http or https URL")
		}
	}
	return u.Host, endpoint, region, nil
}

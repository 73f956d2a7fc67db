package payments

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// The payment tokens that the simulator knows. It declines all other tokens.
const (
	tokenOK       = "tok_ok"
	tokenDeclined = "tok_declined"
	tokenSlow     = "tok_slow"    // answers after a delay
	tokenFlaky    = "tok_flaky"   // fails the first attempts with a key, then charges
	tokenTimeout  = "tok_timeout" // charges, but never answers
)

const (
	slowness   = 2 * time.Second
	flakiness  = 2
	maxRequest = 64 << 10 // bytes
)

var (
	errKeyReused    = errors.New("this key was used for a different request")
	errFlaky        = errors.New("temporarily out of order")
	errNoMoneyTaken = errors.New("no money was taken under this key")
)

// Simulator is a payment gateway for development and tests. It writes each charge and
// refund to a ledger on disk before it answers, so that it takes money only once per key,
// even if its process is killed.
//
// A request must have the simulator's key, as the password of basic authentication. A web
// page that sends requests to local addresses does not know the key, so it cannot make a
// charge or a refund.
type Simulator struct {
	key     string
	mux     *http.ServeMux
	stopped <-chan struct{}
	stop    context.CancelFunc

	mu       sync.Mutex
	ledger   *ledger
	charges  map[string]Entry // the last entry of each key
	failures map[string]int   // by key
}

// OpenSimulator opens the ledger at ledgerPath. It creates an empty ledger if the file
// does not exist; the folder must exist. OpenSimulator fails if another simulator uses
// the ledger, or if the key is empty.
func OpenSimulator(ledgerPath, key string) (*Simulator, error) {
	if key == "" {
		return nil, errors.New("payment simulator: empty key")
	}
	ledger, entries, err := openLedger(ledgerPath)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Simulator{
		key:      key,
		mux:      http.NewServeMux(),
		stopped:  ctx.Done(),
		stop:     stop,
		ledger:   ledger,
		charges:  map[string]Entry{},
		failures: map[string]int{},
	}
	for _, e := range entries {
		s.remember(e)
	}
	s.mux.HandleFunc("POST /charges", s.handleCharge)
	s.mux.HandleFunc("POST /charges/{key}/refund", s.handleRefund)
	s.mux.HandleFunc("GET /charges", s.handleLookup)
	return s, nil
}

// Close releases the ledger. It also ends the requests with tokenTimeout, because a
// graceful shutdown of the server would otherwise wait for them. After Close, the
// simulator makes no charges or refunds.
func (s *Simulator) Close() error {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledger.close()
}

// userName is the user name in URLs of the simulator, which accepts any name.
const userName = "portico"

// URL returns the base URL for clients, if a server serves the simulator at host. The URL
// contains the key.
func (s *Simulator) URL(host string) string {
	u := url.URL{Scheme: "http", Host: host, User: url.UserPassword(userName, s.key)}
	return u.String()
}

func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, key, _ := r.BasicAuth()
	if subtle.ConstantTimeCompare([]byte(key), []byte(s.key)) == 0 {
		w.Header().Set("WWW-Authenticate", `Basic realm="payment simulator"`)
		answer(w, http.StatusUnauthorized, map[string]string{"error": "the key is missing or wrong"})
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Simulator) handleCharge(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	req, problem := readChargeRequest(w, r)
	if !isKey.MatchString(key) {
		problem = "Idempotency-Key must be 1 to 255 visible ASCII characters"
	}
	if problem != "" {
		answer(w, http.StatusBadRequest, map[string]string{"error": problem})
		return
	}
	if req.Token == tokenSlow {
		time.Sleep(slowness)
	}
	charge, first, err := s.take(key, req)
	if err != nil {
		answerError(w, err)
		return
	}
	if req.Token == tokenTimeout {
		select {
		case <-r.Context().Done():
		case <-s.stopped:
		}
		panic(http.ErrAbortHandler) // returning would answer 200
	}
	if first {
		answer(w, http.StatusCreated, charge)
		return
	}
	answer(w, http.StatusOK, charge)
}

// isKey matches valid keys. It allows only visible ASCII characters, because JSON
// preserves them byte for byte.
var isKey = regexp.MustCompile(`^[!-~]{1,255}$`)

// readChargeRequest returns a description of the problem if the request is invalid.
func readChargeRequest(w http.ResponseWriter, r *http.Request) (req chargeRequest, problem string) {
	// Read the whole body, because the server does not detect earlier that a client has
	// disconnected.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		return req, "the body is too long or cut short"
	}
	switch err := json.Unmarshal(body, &req); {
	case err != nil:
		return req, "the body is not a charge request in JSON"
	case req.Reference == "":
		return req, "reference is missing"
	case req.Amount < 0:
		return req, "amount is negative"
	case len(req.Currency) != 3 || strings.ToUpper(req.Currency) != req.Currency:
		return req, "currency is not an ISO 4217 code"
	case req.Token == "":
		return req, "token is missing"
	}
	return req, ""
}

// take makes a charge, or returns the outcome of an earlier identical request.
func (s *Simulator) take(key string, req chargeRequest) (charge Charge, first bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fingerprint := fingerprintOf(req)
	if before, known := s.charges[key]; known {
		if before.Request != fingerprint {
			return Charge{}, false, errKeyReused
		}
		return before.Charge, false, nil
	}
	if req.Token == tokenFlaky && s.failures[key] < flakiness {
		s.failures[key]++
		return Charge{}, false, errFlaky
	}
	charge = Charge{Key: key, Reference: req.Reference, Amount: req.Amount, Currency: req.Currency}
	charge.Status, charge.Reason = decide(req.Token)
	if err := s.record(Entry{Charge: charge, Request: fingerprint}); err != nil {
		return Charge{}, false, err
	}
	return charge, true, nil
}

func decide(token string) (status, reason string) {
	switch token {
	case tokenOK, tokenSlow, tokenFlaky, tokenTimeout:
		return statusCharged, ""
	case tokenDeclined:
		return statusDeclined, "card declined"
	default:
		return statusDeclined, "unknown token"
	}
}

func fingerprintOf(req chargeRequest) string {
	body, _ := json.Marshal(req) // never fails for strings and numbers
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func (s *Simulator) handleRefund(w http.ResponseWriter, r *http.Request) {
	charge, err := s.refund(r.PathValue("key"))
	if err != nil {
		answerError(w, err)
		return
	}
	answer(w, http.StatusOK, charge)
}

func (s *Simulator) refund(key string) (Charge, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, known := s.charges[key]
	if !known || e.Status == statusDeclined {
		return Charge{}, errNoMoneyTaken
	}
	if e.Status == statusRefunded {
		return e.Charge, nil
	}
	e.Status = statusRefunded
	if err := s.record(e); err != nil {
		return Charge{}, err
	}
	return e.Charge, nil
}

func (s *Simulator) handleLookup(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if !query.Has("key") {
		answer(w, http.StatusBadRequest, map[string]string{"error": "the parameter key is missing"})
		return
	}
	list := chargeList{Items: []Charge{}}
	s.mu.Lock()
	if e, known := s.charges[query.Get("key")]; known {
		list.Items = append(list.Items, e.Charge)
	}
	s.mu.Unlock()
	answer(w, http.StatusOK, list)
}

// record remembers an entry only after the ledger has stored it.
func (s *Simulator) record(e Entry) error {
	e.At = time.Now().UTC()
	if err := s.ledger.append(e); err != nil {
		return err
	}
	s.remember(e)
	return nil
}

func (s *Simulator) remember(e Entry) {
	s.charges[e.Key] = e
}

func answerError(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, errKeyReused):
		status = http.StatusUnprocessableEntity
	case errors.Is(err, errFlaky):
		status = http.StatusServiceUnavailable
	case errors.Is(err, errNoMoneyTaken):
		status = http.StatusNotFound
	}
	answer(w, status, map[string]string{"error": err.Error()})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has disconnected will retry
}

package geocode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb"
)

// Found is one answer.
type Found struct {
	Title  string    // the address as the service writes it
	Kind   string    // city, town, village, landmark, street or house
	Point  orb.Point // WGS-84
	Source string    // "amap" or "nominatim"
}

// Address is what stands at a place. Parts that are not known are empty.
type Address struct {
	Line, House, Street, Place string
	Source                     string
}

// Question is what is asked for.
type Question struct {
	Text     string
	Language string // "zh", "en" or "": the service's own
	Limit    int    // at most 10
}

// Errors of the package.
var (
	// ErrRefused says that the service did not answer the question: a key that it does
	// not know, too many questions, or that it is down.
	ErrRefused = errors.New("the geocoding service refused")
	// ErrUnknown says that the service knows of nothing there.
	ErrUnknown = errors.New("the geocoding service knows nothing there")
)

// Service is one service of others. Implementations are safe for concurrent use.
type Service interface {
	// Find looks for an address. It fails with ErrRefused; nothing found is no error.
	Find(ctx context.Context, q Question) ([]Found, error)
	// At says what stands at a place. It fails with ErrRefused and ErrUnknown.
	At(ctx context.Context, p orb.Point, language string) (Address, error)
}

// Options name a service.
type Options struct {
	Name string // "amap" or "nominatim"
	URL  string // address of the service; "": AMap's public one
	Key  string // of AMap
	// Agent says who asks, as Nominatim's policy demands.
	Agent string
	Now   func() time.Time // required with a name
}

const (
	// patience is how long a service may take.
	patience = 5 * time.Second
	// longestAnswer bounds what is read of an answer, in bytes.
	longestAnswer = 1 << 20
	mostAnswers   = 10
)

// New makes a service; nil when none is named. It refuses unknown names, an AMap
// without a key and a Nominatim without an address: the public one is not for
// programs of a company (operations.osmfoundation.org/policies/nominatim).
func New(o Options) (Service, error) {
	if o.Name == "" {
		return nil, nil // no service is a choice
	}
	base := strings.TrimSuffix(o.URL, "/")
	if base != "" {
		if u, err := url.Parse(base); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("geocoder address %q is no http address", o.URL)
		}
	}
	switch {
	case o.Name == "amap" && o.Key == "":
		return nil, errors.New("the geocoder amap needs a key")
	case o.Name == "amap":
		if base == "" {
			base = "https://restapi.amap.com"
		}
		return &amap{client{base: base, agent: o.Agent}, o.Key}, nil
	case o.Name == "nominatim" && base == "":
		return nil, errors.New("the geocoder nominatim needs the address of the company's own server")
	case o.Name == "nominatim":
		asked := &nominatim{client{base: base, agent: o.Agent, pause: time.Second}}
		return &keeping{Service: asked, span: nominatimKept, now: o.Now}, nil
	}
	return nil, fmt.Errorf("there is no geocoder %q: amap or nominatim", o.Name)
}

// client asks one service, never faster than its pause allows.
type client struct {
	base  string
	agent string
	pause time.Duration

	mu   sync.Mutex
	next time.Time
}

// browser goes nowhere else: the next server would be told the address, and with it
// the key.
var browser = http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
	return http.ErrUseLastResponse
}}

// ask gets path?query and decodes the answer.
func (c *client) ask(ctx context.Context, path string, query url.Values, into any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := c.wait(ctx); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if c.agent != "" {
		req.Header.Set("User-Agent", c.agent)
	}
	res, err := browser.Do(req)
	if err != nil {
		// The error would name the address, and with it the key.
		return fmt.Errorf("%w: no answer", ErrRefused)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: status %d", ErrRefused, res.StatusCode)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, longestAnswer)).Decode(into); err != nil {
		return fmt.Errorf("%w: the answer cannot be read: %w", ErrRefused, err)
	}
	return nil
}

// wait keeps the pause between two questions. Whoever would wait too long is refused
// at once and takes nobody's turn.
func (c *client) wait(ctx context.Context) error {
	if c.pause == 0 {
		return nil
	}
	c.mu.Lock()
	now := time.Now()
	at := now
	if c.next.After(now) {
		at = c.next
	}
	if at.Sub(now) >= patience {
		c.mu.Unlock()
		return fmt.Errorf("%w: too many questions", ErrRefused)
	}
	c.next = at.Add(c.pause)
	c.mu.Unlock()
	select {
	case <-ctx.Done():
		return fmt.Errorf("%w: too many questions", ErrRefused)
	case <-time.After(at.Sub(now)):
		return nil
	}
}

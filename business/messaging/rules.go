package messaging

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"beatplan/business"
	"beatplan/internal/fail"
)

const (
	minSecret  = 16   // characters of a gateway's secret
	longest    = 1831 // days of an authorisation: five years
	maxSubject = 120
	maxText    = 1000
)

// holds reports whether the authorisation lets the person send on the day.
func (a Authorisation) holds(p business.PersonID, day business.Date) bool {
	return a.WithdrawnAt == nil && (a.Person == 0 || a.Person == p) &&
		!day.Before(a.From) && !day.After(a.Until)
}

// pause is how long a message waits after so many tries; false: there is no more try.
func pause(tries int) (time.Duration, bool) {
	pauses := [...]time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute,
		30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 15 * time.Hour}
	if tries < 1 || tries > len(pauses) {
		return 0, false
	}
	return pauses[tries-1], true
}

// address is where a channel of the kind reaches the customer; "" nowhere. The shop's
// own telephone is the last resort when no contact is asked for.
func (r Recipient) address(k Kind, contact string) (who, where string) {
	for _, c := range r.Contacts {
		if contact != "" && c.Name != contact {
			continue
		}
		switch {
		case k == Mail && c.Email != "":
			return c.Name, c.Email
		case k == Gateway && c.Phone != "":
			return c.Name, c.Phone
		}
	}
	if k == Gateway && contact == "" && r.Phone != "" {
		return r.Name, r.Phone
	}
	return "", ""
}

type faults struct{ e *fail.Error }

func (f *faults) unless(ok bool, path, code, message string) {
	if !ok {
		f.e = f.e.WithField(path, code, message)
	}
}

func (f *faults) err() error {
	if len(f.e.Fields) == 0 {
		return nil
	}
	return f.e
}

func within(s string, low, high int) bool {
	n := utf8.RuneCountInString(s)
	return n >= low && n <= high
}

// oneLine keeps what ends in a header from starting another one.
func oneLine(s string) bool { return !strings.ContainsFunc(s, unicode.IsControl) }

// checkChannel reports every fault of a channel at once; had says that it has a secret.
func checkChannel(c ChannelFields, had bool) error {
	f := faults{ErrInvalid}
	f.unless(within(c.Name, 1, 60) && oneLine(c.Name), "name", "length",
		"The name needs 1 to 60 characters.")
	f.unless(within(c.Login, 0, 120) && oneLine(c.Login), "login", "length",
		"The login has at most 120 characters.")
	f.unless(within(c.Sender, 0, 120) && oneLine(c.Sender), "sender", "length",
		"The sender has at most 120 characters.")
	switch c.Kind {
	case Gateway:
		f.unless(within(c.Endpoint, 1, 300) && gatewayAddress(c.Endpoint), "endpoint", "address",
			"A gateway's address begins with https:// (on this machine http:// is enough) and holds no password.")
		f.unless(c.Secret == "" && had || within(c.Secret, minSecret, 500), "secret", "length",
			"The secret needs 16 to 500 characters.")
	case Mail:
		f.unless(within(c.Endpoint, 1, 300) && mailServer(c.Endpoint), "endpoint", "address",
			"A mail server is a host and a port, like smtp.example.com:587.")
		_, err := mail.ParseAddress(c.Sender)
		f.unless(err == nil, "sender", "mail", "The sender of mails is a mail address.")
		f.unless(c.Login == "" || c.Secret != "" || had, "secret", "length",
			"A login needs its password.")
		f.unless(within(c.Secret, 0, 500), "secret", "length",
			"The secret has at most 500 characters.")
	default:
		f.unless(false, "kind", "unknown", "A channel is a gateway or mail.")
	}
	return f.err()
}

func gatewayAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Hostname() != "" && u.User == nil && u.Fragment == "" &&
		(u.Scheme == "https" || u.Scheme == "http" && onThisMachine(u.Hostname()))
}

func mailServer(s string) bool {
	host, port, err := net.SplitHostPort(s)
	n, bad := strconv.ParseUint(port, 10, 16)
	return err == nil && bad == nil && host != "" && n > 0
}

func onThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func checkGrant(g Grant) error {
	f := faults{ErrInvalid}
	f.unless(within(strings.TrimSpace(g.Document), 1, 200) && oneLine(g.Document), "document", "length",
		"Name the paper that the authorisation rests on, in 1 to 200 characters.")
	f.unless(!g.From.IsZero() && !g.Until.IsZero() && !g.Until.Before(g.From) &&
		g.Until.Sub(g.From) <= longest, "until", "range",
		"The last day lies on or after the first, five years later at most.")
	return f.err()
}

func checkSending(in Sending, k Kind) error {
	f := faults{ErrInvalid}
	f.unless(len(in.Customers) >= 1 && len(in.Customers) <= MaxCustomers, "customer_ids", "count",
		"Name 1 to 200 customers.")
	f.unless(within(strings.TrimSpace(in.Text), 1, maxText), "text", "length",
		"The text needs 1 to 1000 characters.")
	least := 0
	if k == Mail {
		least = 1
	}
	f.unless(within(in.Subject, least, maxSubject) && oneLine(in.Subject), "subject", "length",
		"A mail needs a subject of 1 to 120 characters on one line.")
	return f.err()
}

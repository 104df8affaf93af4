package messaging_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/business/messaging"
	"beatplan/internal/clock"
	"beatplan/internal/db"
	"beatplan/internal/events"
	"beatplan/internal/idem"
	"beatplan/internal/pgtest"
	"beatplan/internal/scope"
)

const (
	secret = "a secret of the gateway"
	seller = business.PersonID(7)
	other  = business.PersonID(8)
)

// trail keeps what was recorded as JSON.
type trail struct {
	mu   sync.Mutex
	said []string
}

func (l *trail) Record(_ context.Context, _ db.Tx, by business.Actor, c business.Change) error {
	text, err := json.Marshal(c)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, fmt.Sprintf("%d %s", by.Person, text))
	return err
}

func (l *trail) has(parts ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.said, func(s string) bool {
		return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(s, p) })
	})
}

// box seals by turning round, and opens only what was sealed for the same use.
type box struct{}

func (box) Seal(plain []byte, use string) ([]byte, error) {
	b := slices.Clone(plain)
	slices.Reverse(b)
	return append([]byte(use+"|"), b...), nil
}

func (box) Open(sealed []byte, use string) ([]byte, error) {
	b, ok := bytes.CutPrefix(slices.Clone(sealed), []byte(use+"|"))
	if !ok {
		return nil, errors.New("sealed for another use")
	}
	slices.Reverse(b)
	return b, nil
}

type noBus struct{}

func (noBus) Publish(context.Context, db.Tx, events.Fact) error { return nil }

// book knows three customers: two of the seller, one of somebody else.
type book struct{}

func (book) Recipients(
	_ context.Context, _ db.Querier, sc scope.Scope, ids []business.CustomerID,
) ([]messaging.Recipient, error) {
	var out []messaging.Recipient
	for _, r := range []struct {
		owner business.PersonID
		messaging.Recipient
	}{
		{seller, messaging.Recipient{Customer: 1, Name: "Corner Shop", Phone: "139 0000 0001",
			Contacts: []messaging.Contact{{Name: "Wu", Phone: "139 1111"}, {Name: "Chen", Email: "chen@shop.test"}}}},
		{seller, messaging.Recipient{Customer: 2, Name: "Silent Shop"}},
		{other, messaging.Recipient{Customer: 3, Name: "Far Shop", Phone: "139 3333"}},
	} {
		if slices.Contains(ids, r.Customer) && sc.Has(int64(r.owner)) {
			out = append(out, r.Recipient)
		}
	}
	return out, nil
}

type company struct {
	*messaging.Service
	t     *testing.T
	clock *clock.Manual
	trail *trail
	keys  int
}

func newCompany(t *testing.T) *company {
	t.Helper()
	now := clock.NewManual(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	l := &trail{}
	return &company{t: t, clock: now, trail: l, Service: &messaging.Service{DB: pgtest.DB(t), Clock: now,
		Zone: time.UTC, Customers: book{}, Vault: box{}, Bus: noBus{}, Audit: l}}
}

func (c *company) by(p business.PersonID) messaging.Caller {
	c.keys++
	return messaging.Caller{Actor: business.Actor{Person: p}, Key: idem.Key(fmt.Sprintf("message-%d", c.keys)),
		Scope: scope.Scope{People: []int64{int64(p)}}}
}

func (c *company) channel(kind messaging.Kind, endpoint string) messaging.Channel {
	c.t.Helper()
	in := messaging.ChannelFields{Name: string(kind) + endpoint, Kind: kind, Endpoint: endpoint,
		Sender: "Beat", Secret: secret, Active: true}
	if kind == messaging.Mail {
		in.Sender, in.Login = "desk@beat.test", "desk"
	}
	ch, err := c.CreateChannel(c.t.Context(), c.by(1), in)
	if err != nil {
		c.t.Fatal(err)
	}
	return ch
}

func (c *company) authorise(ch messaging.Channel, p business.PersonID, from, until int) messaging.Authorisation {
	c.t.Helper()
	a, err := c.Authorise(c.t.Context(), c.by(1), messaging.Grant{Channel: ch.ID, Person: p,
		Document: "Contract 17", From: c.Today().Add(from), Until: c.Today().Add(until)})
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

func (c *company) deliver() {
	c.t.Helper()
	if _, err := c.Deliver(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

// outcomes are those of the log, the oldest first.
func (c *company) outcomes() string {
	c.t.Helper()
	lines, _, err := c.Log(c.t.Context(), messaging.Caller{Scope: scope.Everything()}, messaging.Filter{})
	if err != nil {
		c.t.Fatal(err)
	}
	var out []string
	for _, l := range lines {
		out = append(out, fmt.Sprintf("%d:%s%s", l.Customer, l.Outcome, strings.TrimPrefix(l.Code, "messaging")))
	}
	slices.Reverse(out)
	return strings.Join(out, " ")
}

// provider is a gateway that keeps what it gets and answers what it is told to.
type provider struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []map[string]string
	faults []string
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{status: http.StatusAccepted}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		want := "v1=" + messaging.Signature([]byte(secret), r.Header.Get("X-Beatplan-Timestamp"), body)
		if r.Header.Get("X-Beatplan-Signature") != want {
			p.faults = append(p.faults, "signature "+r.Header.Get("X-Beatplan-Signature"))
		}
		var m map[string]string
		if err := json.Unmarshal(body, &m); err != nil || m["id"] != r.Header.Get("Idempotency-Key") {
			p.faults = append(p.faults, string(body))
		}
		p.got = append(p.got, m)
		if p.status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(p.status)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) answers(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status = status
}

// feature: G37
func TestNothingIsSentWithoutAValidAuthorisation(t *testing.T) {
	c, p := newCompany(t), newProvider(t)
	ch := c.channel(messaging.Gateway, p.URL)
	send := func(who business.PersonID, customer business.CustomerID) error {
		_, err := c.Send(t.Context(), c.by(who), messaging.Sending{Channel: ch.ID, Text: "New prices",
			Customers: []business.CustomerID{customer}})
		return err
	}
	refused := 0
	refuses := func(why string, who business.PersonID, customer business.CustomerID, want error) {
		t.Helper()
		if err := send(who, customer); !errors.Is(err, want) {
			t.Errorf("%s: %v", why, err)
		}
		refused++
		if n := strings.Count(c.outcomes(), ":refused."); n != refused {
			t.Errorf("%s: %d refusals in the log, want %d", why, n, refused)
		}
		if !c.trail.has(fmt.Sprintf("%d {", who), "messaging.message.refused", fmt.Sprintf(`"ID":%d`, customer)) {
			t.Errorf("%s: not in the trail", why)
		}
	}
	refuses("nobody was authorised", seller, 1, messaging.ErrNotAuthorised)
	c.authorise(ch, other, 0, 10)
	refuses("somebody else's", seller, 1, messaging.ErrNotAuthorised)
	c.authorise(ch, seller, 1, 10)
	refuses("from tomorrow", seller, 1, messaging.ErrNotAuthorised)
	c.authorise(c.channel(messaging.Gateway, p.URL+"/2"), seller, 0, 10)
	refuses("another channel's", seller, 1, messaging.ErrNotAuthorised)
	mine := c.authorise(ch, seller, 0, 1)
	refuses("another's customer", seller, 3, messaging.ErrNoCustomer)
	refuses("no address", seller, 2, messaging.ErrUnreachable)
	if err := send(seller, 1); err != nil {
		t.Fatal(err)
	}
	c.clock.Advance(48 * time.Hour) // the third day: mine is over, the one from tomorrow holds
	if err := c.Withdraw(t.Context(), business.Actor{Person: 1}, ch.ID, mine.ID); err != nil {
		t.Fatal(err)
	}
	if len(p.got) != 0 {
		t.Errorf("%d messages went out before their job", len(p.got))
	}
	c.deliver()
	if len(p.got) != 0 || !strings.HasSuffix(c.outcomes(), "1:accepted 1:refused.not_authorised") {
		t.Errorf("a message went out after its authorisation ended: %s", c.outcomes())
	}
	refused++
	c.clock.Advance(24 * 30 * time.Hour)
	refuses("all are over", seller, 1, messaging.ErrNotAuthorised)
}

// feature: G37
func TestAnEndedAuthorisationLetsNothingThrough(t *testing.T) {
	c, p := newCompany(t), newProvider(t)
	ch := c.channel(messaging.Gateway, p.URL)
	a := c.authorise(ch, 0, 0, 3) // everybody whose role may
	in := messaging.Sending{Channel: ch.ID, Text: "Hello", Customers: []business.CustomerID{1}}
	key := c.by(seller)
	first, err := c.Send(t.Context(), key, in)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Send(t.Context(), key, in)
	if err != nil || !slices.Equal(first.Messages, again.Messages) {
		t.Errorf("a replay: %+v %v", again, err)
	}
	c.deliver()
	c.deliver()
	if len(p.got) != 1 || len(p.faults) != 0 || p.got[0]["to"] != "139 1111" || p.got[0]["text"] != "Hello" {
		t.Errorf("got %v, faults %v", p.got, p.faults)
	}
	if err := c.Withdraw(t.Context(), business.Actor{Person: 1}, ch.ID, a.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(t.Context(), c.by(seller), in); !errors.Is(err, messaging.ErrNotAuthorised) {
		t.Errorf("after the withdrawal: %v", err)
	}
	if usable, err := c.Usable(t.Context(), seller); err != nil || len(usable) != 0 {
		t.Errorf("usable after the withdrawal: %v %v", usable, err)
	}
	if got := c.outcomes(); got != "1:accepted 1:sent 1:refused.not_authorised" {
		t.Errorf("log %s", got)
	}
	if !c.trail.has("messaging.message.sent") || !c.trail.has("authorisation.withdrawn") {
		t.Error("the trail lacks what happened")
	}
}

func TestWhatDoesNotArriveIsTriedAgainForADay(t *testing.T) {
	c, p := newCompany(t), newProvider(t)
	ch := c.channel(messaging.Gateway, p.URL)
	c.authorise(ch, seller, 0, 9)
	send := func() {
		t.Helper()
		_, err := c.Send(t.Context(), c.by(seller), messaging.Sending{Channel: ch.ID, Text: "Hello",
			Customers: []business.CustomerID{1, 2, 1}})
		if err != nil {
			t.Fatal(err)
		}
	}
	p.answers(http.StatusServiceUnavailable)
	send()
	c.deliver()
	c.deliver() // not due yet
	c.clock.Advance(31 * time.Second)
	p.answers(http.StatusOK)
	c.deliver()
	if len(p.got) != 2 || p.got[0]["id"] != p.got[1]["id"] {
		t.Errorf("two tries of one message: %v", p.got)
	}
	if got := c.outcomes(); got != "1:accepted 1:deferred 1:sent" {
		t.Errorf("log %s", got)
	}
	for _, status := range []int{http.StatusBadRequest, http.StatusFound} {
		before := len(p.got)
		p.answers(status)
		send()
		for range 40 {
			c.deliver()
			c.clock.Advance(time.Hour)
		}
		want := map[int]int{http.StatusBadRequest: 1, http.StatusFound: 8}[status]
		if n := len(p.got) - before; n != want || !strings.HasSuffix(c.outcomes(), ":failed") {
			t.Errorf("status %d was tried %d times, want %d; log %s", status, n, want, c.outcomes())
		}
	}
	if len(p.faults) > 0 {
		t.Errorf("%v", p.faults)
	}
}

// answers is a gateway that answers the same to everything.
type answers struct {
	status string
	err    error
}

func (a answers) RoundTrip(*http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{Status: a.status, StatusCode: http.StatusServiceUnavailable,
		Body: http.NoBody}, nil
}

func TestWhatAReceiverSaysIsKeptWhateverItIs(t *testing.T) {
	c := newCompany(t)
	ch := c.channel(messaging.Gateway, "https://gateway.test/?key=hidden")
	c.authorise(ch, seller, 0, 9)
	for _, a := range []answers{{status: "503 \xce\xde\x00"}, {err: errors.New("nobody is there")}} {
		c.Transport = a
		_, err := c.Send(t.Context(), c.by(seller), messaging.Sending{Channel: ch.ID, Text: "Hello",
			Customers: []business.CustomerID{1}})
		if err != nil {
			t.Fatal(err)
		}
		c.deliver()
		if got := c.outcomes(); !strings.HasSuffix(got, "1:accepted 1:deferred") {
			t.Errorf("log %s", got)
		}
	}
	lines, _, err := c.Log(t.Context(), messaging.Caller{Scope: scope.Everything()}, messaging.Filter{})
	if err != nil || !strings.Contains(lines[0].Detail, "nobody is there") {
		t.Errorf("log %+v %v", lines, err)
	}
	if strings.Contains(fmt.Sprint(lines), "hidden") || c.trail.has("messaging.message", "hidden") {
		t.Error("the gateway's address is in the log")
	}
}

func TestMessagesGoToNoAddressOfACloudsOwn(t *testing.T) {
	for at, want := range map[string]bool{"169.254.169.254:80": false, "[::ffff:169.254.1.1]:80": false,
		"[fe80::1]:80": false, "100.100.100.200:80": false, "0.0.0.0:80": false, "224.0.0.1:80": false,
		"127.0.0.1:1": true} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, err := messaging.Transport().DialContext(ctx, "tcp", at)
		cancel()
		if asked := !strings.Contains(fmt.Sprint(err), "no receiver"); asked != want {
			t.Errorf("%s: %v", at, err)
		}
	}
}

// post is a mail server for one test; it speaks as much SMTP as a client needs.
type post struct {
	net.Listener
	mu    sync.Mutex
	said  []string
	mails []string
	deny  string // what it answers to a receiver; "" it takes them
}

func newPost(t *testing.T) *post {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &post{Listener: l}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.serve(conn)
		}
	}()
	return p
}

func (p *post) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	say := func(s string) { _, _ = io.WriteString(conn, s+"\r\n") }
	say("220 post.test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		p.mu.Lock()
		p.said = append(p.said, line)
		deny := p.deny
		p.mu.Unlock()
		switch verb, _, _ := strings.Cut(line, " "); {
		case verb == "EHLO":
			say("250-post.test\r\n250 AUTH PLAIN")
		case verb == "RCPT" && deny != "":
			say(deny)
		case verb == "AUTH":
			say("235 welcome")
		case verb == "DATA":
			say("354 go on")
			var text strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil || l == ".\r\n" {
					break
				}
				text.WriteString(l)
			}
			p.mu.Lock()
			p.mails = append(p.mails, text.String())
			p.mu.Unlock()
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 well")
		}
	}
}

func TestMailsGoThroughTheCompanysOwnServer(t *testing.T) {
	c, p := newCompany(t), newPost(t)
	ch := c.channel(messaging.Mail, p.Addr().String())
	c.authorise(ch, seller, 0, 9)
	in := messaging.Sending{Channel: ch.ID, Subject: "新价格", Text: "从周一起：\n" + strings.Repeat("价格 ", 40),
		Customers: []business.CustomerID{1}}
	if _, err := c.Send(t.Context(), c.by(seller), in); err != nil {
		t.Fatal(err)
	}
	c.deliver()
	if len(p.mails) != 1 {
		t.Fatalf("%d mails; log %s; %v", len(p.mails), c.outcomes(), p.said)
	}
	m, err := mail.ReadMessage(strings.NewReader(p.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil || strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")) != strings.TrimSpace(in.Text) {
		t.Errorf("the text is %q %v", text, err)
	}
	if to, err := m.Header.AddressList("To"); err != nil || to[0].Address != "chen@shop.test" || to[0].Name != "Chen" {
		t.Errorf("to %v %v", to, err)
	}
	login := base64.StdEncoding.EncodeToString([]byte("\x00desk\x00" + secret))
	if !slices.Contains(p.said, "AUTH PLAIN "+login) {
		t.Errorf("the login was not %q: %v", login, p.said)
	}
	in.Subject = "Prices\r\nBcc: all@shop.test"
	if _, err := c.Send(t.Context(), c.by(seller), in); !errors.Is(err, messaging.ErrInvalid) {
		t.Errorf("a subject of two lines: %v", err)
	}
	in.Subject, in.Contact = "Prices", "Wu" // who has no mail address
	if _, err := c.Send(t.Context(), c.by(seller), in); !errors.Is(err, messaging.ErrUnreachable) {
		t.Errorf("a contact without mail: %v", err)
	}
	in.Contact, p.deny = "", "550 unknown"
	if _, err := c.Send(t.Context(), c.by(seller), in); err != nil {
		t.Fatal(err)
	}
	c.deliver()
	if !strings.HasSuffix(c.outcomes(), "1:accepted 1:failed") {
		t.Errorf("log %s", c.outcomes())
	}
}

func TestTheSecretOfAChannelIsSealedAndStaysWithItsAddress(t *testing.T) {
	c, p := newCompany(t), newProvider(t)
	ch := c.channel(messaging.Gateway, p.URL)
	var sealed []byte
	err := c.DB.QueryRow(t.Context(), `select secret from messaging.channel where id = $1`, ch.ID).Scan(&sealed)
	if err != nil || len(sealed) == 0 || bytes.Contains(sealed, []byte(secret)) || c.trail.has(secret) {
		t.Errorf("the secret lies open: %q %v", sealed, err)
	}
	fields := messaging.ChannelFields{Name: "SMS", Kind: messaging.Gateway, Endpoint: p.URL, Active: true}
	admin := business.Actor{Person: 1}
	ch, err = c.ChangeChannel(t.Context(), admin, ch.ID, ch.Version, fields)
	if err != nil || !ch.HasSecret {
		t.Errorf("another name: %+v %v", ch, err)
	}
	fields.Endpoint = "https://elsewhere.test/"
	if _, err := c.ChangeChannel(t.Context(), admin, ch.ID, ch.Version, fields); !errors.Is(err, messaging.ErrInvalid) {
		t.Errorf("the secret went along to another address: %v", err)
	}
	if _, err := c.ChangeChannel(t.Context(), admin, ch.ID, ch.Version-1, fields); !errors.Is(err, messaging.ErrChanged) {
		t.Errorf("a stale change: %v", err)
	}
	for _, endpoint := range []string{"http://gateway.test/", "ftp://gateway.test/", "https://me:pw@gateway.test/", "gateway"} {
		fields.Endpoint, fields.Secret = endpoint, secret
		if _, err := c.CreateChannel(t.Context(), c.by(1), fields); !errors.Is(err, messaging.ErrInvalid) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// What bears a name is what bears it as a word of its own, however it is written.
func TestErasingTakesWhatBearsTheNameOnly(t *testing.T) {
	c := newCompany(t)
	ch := c.channel(messaging.Gateway, "https://gateway.test/")
	c.authorise(ch, seller, 0, 9)
	texts := []string{"We deliver to Canada", "Ask Ada (desk 2)", "ADA's desk", "请找王伟谈", "Room 1234"}
	for _, text := range texts {
		if _, err := c.Send(t.Context(), c.by(seller), messaging.Sending{Channel: ch.ID, Text: text,
			Customers: []business.CustomerID{1}}); err != nil {
			t.Fatal(err)
		}
	}
	err := c.DB.InTx(t.Context(), func(tx db.Tx) error {
		return errors.Join(
			messaging.Erase(t.Context(), tx, messaging.Traces{Person: 20, Name: "Ada", Phone: "12"}),
			messaging.Erase(t.Context(), tx, messaging.Traces{Person: 21, Name: "王伟"}))
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := c.DB.Query(t.Context(), `select body from messaging.message order by id`)
	if err != nil {
		t.Fatal(err)
	}
	left, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if want := []string{texts[0], "-", "-", "-", texts[4]}; err != nil || !slices.Equal(left, want) {
		t.Errorf("left are %q, want %q: %v", left, want, err)
	}
}

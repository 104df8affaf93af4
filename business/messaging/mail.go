package messaging

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"time"
)

// submissions is the port on which a mail server speaks TLS from the first byte (RFC 8314).
const submissions = "465"

// mail hands a message to the mail server, over TLS unless it runs on this machine.
func (s *Service) mail(ctx context.Context, ch Channel, secret []byte, m message) error {
	text, from, to, err := compose(ch, m)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(ch.Endpoint)
	if err != nil {
		return fmt.Errorf("mail server %q: %w", ch.Endpoint, err)
	}
	conn, err := dialer().DialContext(ctx, "tcp", ch.Endpoint)
	if err != nil {
		return fmt.Errorf("the mail server does not answer: %w", err)
	}
	defer conn.Close()
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return fmt.Errorf("mail server: %w", err)
		}
	}
	if port == submissions {
		conn = tls.Client(conn, s.tls(host))
	}
	return final(s.submit(conn, host, ch, envelope{secret, from, to, text}))
}

// envelope is a mail and what it takes to hand it over.
type envelope struct {
	secret   []byte
	from, to string
	text     []byte
}

func (s *Service) submit(conn net.Conn, host string, ch Channel, e envelope) error {
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	if _, port, _ := net.SplitHostPort(ch.Endpoint); port != submissions {
		if ok, _ := c.Extension("STARTTLS"); ok {
			if err := c.StartTLS(s.tls(host)); err != nil {
				return err
			}
		} else if !onThisMachine(host) {
			return errors.New("the mail server offers no TLS")
		}
	}
	if ch.Login != "" {
		if err := c.Auth(smtp.PlainAuth("", ch.Login, string(e.secret), host)); err != nil {
			return err
		}
	}
	if err := c.Mail(e.from); err != nil {
		return err
	}
	if err := c.Rcpt(e.to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(e.text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit() // it has taken the mail
	return nil
}

func (s *Service) tls(host string) *tls.Config {
	c := &tls.Config{}
	if s.TLS != nil {
		c = s.TLS.Clone()
	}
	c.ServerName, c.MinVersion = host, tls.VersionTLS12
	return c
}

// final marks an answer of 5xx: the server will not take this mail at any time.
func final(err error) error {
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code >= 500 {
		return fmt.Errorf("%w by the mail server: %w", errFinal, err)
	}
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	return nil
}

// compose writes the mail. Addresses are parsed and the subject is encoded, so that
// nothing of them becomes a header of its own.
func compose(ch Channel, m message) (text []byte, from, to string, err error) {
	sender, err := mail.ParseAddress(ch.Sender)
	if err != nil {
		return nil, "", "", fmt.Errorf("%w: sender: %w", errFinal, err)
	}
	receiver, err := mail.ParseAddress(m.Address)
	if err != nil {
		return nil, "", "", fmt.Errorf("%w: receiver: %w", errFinal, err)
	}
	receiver.Name = m.Recipient
	_, domain, _ := bytes.Cut([]byte(sender.Address), []byte("@"))
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", sender.String()}, {"To", receiver.String()},
		{"Subject", mime.QEncoding.Encode("utf-8", m.Subject)},
		{"Date", m.CreatedAt.UTC().Format(time.RFC1123Z)},
		{"Message-ID", fmt.Sprintf("<%s@%s>", m.Key, domain)},
		{"MIME-Version", "1.0"}, {"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(m.Text)); err != nil {
		return nil, "", "", err
	}
	if err := w.Close(); err != nil { // writes what is left
		return nil, "", "", err
	}
	return b.Bytes(), sender.Address, receiver.Address, nil
}

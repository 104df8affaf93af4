package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"beatplan/internal/config"
)

const (
	caLife   = 10 * 365 * 24 * time.Hour
	leafLife = 397 * 24 * time.Hour // browsers refuse longer ones
	leafEdge = 30 * 24 * time.Hour  // renewed when less is left
)

// tlsConfig is nil for plain HTTP. With tls "self" it makes, in <data>/tls, an
// authority of this installation once and a certificate for every name and
// address of this machine; phones trust it after they have installed ca.crt.
func tlsConfig(c *config.Config, now time.Time) (*tls.Config, error) {
	var cert tls.Certificate
	var err error
	switch {
	case !c.Secure():
		return nil, nil
	case c.TLS == "self":
		cert, err = ownCertificate(filepath.Join(c.Data, "tls"), hosts(c.Listen), now)
	default:
		cert, err = tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	}
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
	}, nil
}

func caFile(c *config.Config) string { return filepath.Join(c.House(), "tls", "ca.crt") }

func ownCertificate(dir string, names []string, now time.Time) (tls.Certificate, error) {
	var none tls.Certificate
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return none, err
	}
	caCert, caKey, err := authority(dir, now)
	if err != nil {
		return none, err
	}
	crt, key := filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key")
	if kept, err := tls.LoadX509KeyPair(crt, key); err == nil && serves(kept, caCert, names, now) {
		return kept, nil
	}
	template, err := certificate("Beatplan", now, leafLife)
	if err != nil {
		return none, err
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	if err := issue(template, caCert, caKey, crt, key); err != nil {
		return none, err
	}
	return tls.LoadX509KeyPair(crt, key)
}

// serves reports whether a kept certificate is ours, covers names and lasts.
func serves(c tls.Certificate, ca *x509.Certificate, names []string, now time.Time) bool {
	leaf, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil || now.Add(leafEdge).After(leaf.NotAfter) || leaf.CheckSignatureFrom(ca) != nil {
		return false
	}
	return !slices.ContainsFunc(names, func(n string) bool { return leaf.VerifyHostname(n) != nil })
}

func authority(dir string, now time.Time) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	crt, key := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "ca.key")
	kept, err := tls.LoadX509KeyPair(crt, key)
	if errors.Is(err, fs.ErrNotExist) {
		template, err := certificate("Beatplan own authority", now, caLife)
		if err != nil {
			return nil, nil, err
		}
		template.IsCA, template.MaxPathLenZero = true, true
		template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
		if err := issue(template, nil, nil, crt, key); err != nil {
			return nil, nil, err
		}
		kept, err = tls.LoadX509KeyPair(crt, key)
		if err != nil {
			return nil, nil, err
		}
	} else if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(kept.Certificate[0])
	if err != nil {
		return nil, nil, err
	}
	private, ok := kept.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return nil, nil, fmt.Errorf("%s is no ECDSA key", key)
	}
	return cert, private, nil
}

func certificate(name string, now time.Time, life time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name + " on " + host, Organization: []string{"Beatplan"}},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.Add(life),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}, nil
}

// issue signs a certificate, with its own key when there is no authority, and
// writes both files, the key first and readable by its owner only.
func issue(
	template, ca *x509.Certificate, caKey *ecdsa.PrivateKey, crt, key string,
) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if ca == nil {
		ca, caKey = template, private
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, &private.PublicKey, caKey)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	if err := os.WriteFile(key, text, 0o600); err != nil {
		return err
	}
	text = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return os.WriteFile(crt, text, 0o644)
}

// hosts are the names and addresses by which this machine may be called.
func hosts(listen string) []string {
	names := []string{"localhost", "127.0.0.1", "::1"}
	if host, _, err := net.SplitHostPort(listen); err == nil && host != "" {
		if ip := net.ParseIP(host); ip == nil || !ip.IsUnspecified() {
			names = append(names, host)
		}
	}
	if name, err := os.Hostname(); err == nil && name != "" {
		names = append(names, name)
	}
	if addresses, err := net.InterfaceAddrs(); err == nil {
		for _, a := range addresses {
			if n, ok := a.(*net.IPNet); ok && !n.IP.IsLinkLocalUnicast() {
				names = append(names, n.IP.String())
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

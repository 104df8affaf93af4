package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// tenants is one server with two companies, asked by host name.
type tenants struct {
	t       *testing.T
	address string
	cookies map[string]string // host → session
}

// ask sends a request to a host with the session that it gave, or with another's.
func (c *tenants) ask(host, session, method, path, body string) (int, string) {
	c.t.Helper()
	res := c.open(host, session, method, path, body)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, unzipped(text)
}

func (c *tenants) open(host, session, method, path, body string) *http.Response {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, "http://"+c.address+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Host = host
	if token, bearer := strings.CutPrefix(session, "Bearer "); bearer {
		req.Header.Set("Authorization", "Bearer "+token)
	} else if session != "" {
		req.AddCookie(&http.Cookie{Name: "beatplan", Value: session})
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Idempotency-Key", fmt.Sprintf("key-%s-%d", method, time.Now().UnixNano()))
	req.Header.Set("If-Match", `"1"`)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	return res
}

func (c *tenants) signIn(host, password string) int {
	c.t.Helper()
	res := c.open(host, "", "POST", "/v1/sessions", fmt.Sprintf(`{"login":"admin","password":%q}`, password))
	defer res.Body.Close()
	for _, k := range res.Cookies() {
		if k.Domain != "" {
			c.t.Errorf("%s sets a cookie for %s", host, k.Domain)
		}
		c.cookies[host] = k.Value
	}
	return res.StatusCode
}

// Two companies on one server and one private database server: nothing of one is
// reached, or told apart from nothing, by any way into the other.
//
// feature: G36
func TestCompaniesOnOneServerKnowNothingOfEachOther(t *testing.T) {
	o := options(t)
	o.Config.Companies = filepath.Join(o.Config.Data, "companies.yaml")
	text := "acme: {hosts: [acme.test], company: Acme}\nzeta: {hosts: [zeta.test], company: Zeta}\n"
	if err := os.WriteFile(o.Config.Companies, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	out, ended := &output{}, make(chan error, 1)
	go func() { ended <- ServeCompanies(ctx, o, out) }()
	awaitReady(t, http.DefaultClient, "http://"+o.Config.Listen)
	c := &tenants{t, o.Config.Listen, map[string]string{}}
	passwords := map[string]string{}
	for _, m := range regexp.MustCompile(`(\w+): First sign-in: admin / (\S+)`).FindAllStringSubmatch(out.String(), -1) {
		passwords[m[1]+".test"] = m[2]
	}
	if len(passwords) != 2 || passwords["acme.test"] == passwords["zeta.test"] {
		t.Fatalf("passwords of %q", out)
	}
	c.doors(passwords)
	c.rows()
	c.messages()
	c.streams()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// doors tries the credentials of one company at the other.
func (c *tenants) doors(passwords map[string]string) {
	t := c.t
	for _, host := range []string{"nowhere.test", "", "acme.test.evil"} {
		for _, path := range []string{"/", "/v1/me", "/v1/company", "/openapi.json"} {
			status, body := c.ask(host, "", "GET", path, "")
			if status != http.StatusNotFound && host != "" || strings.Contains(body, "Acme") || strings.Contains(body, "Zeta") {
				t.Errorf("%q %s: %d %.200s", host, path, status, body)
			}
		}
	}
	if status, body := c.ask("nowhere.test", "", "GET", "/", ""); status != 404 || !strings.Contains(body, "no company") {
		t.Errorf("an unknown host is told %d %s", status, body)
	}
	if status := c.signIn("zeta.test", passwords["acme.test"]); status != http.StatusUnauthorized {
		t.Errorf("the password of acme opens zeta: %d", status)
	}
	for host, password := range passwords {
		if status := c.signIn(host, password); status != http.StatusCreated {
			t.Fatalf("%s: %d", host, status)
		}
	}
	acme := c.cookies["acme.test"]
	if status, _ := c.ask("zeta.test", acme, "GET", "/v1/me", ""); status != http.StatusUnauthorized {
		t.Errorf("acme's session opens zeta: %d", status)
	}
	if status, body := c.ask("ACME.test:8080", acme, "GET", "/v1/me", ""); status != 200 || !strings.Contains(body, "Acme") {
		t.Errorf("capitals and a port: %d %s", status, body)
	}
	status, body := c.ask("acme.test", acme, "POST", "/v1/me/tokens", `{"name":"export","permissions":["customers.read"],"days":5}`)
	token := regexp.MustCompile(`bpt_[\w-]+`).FindString(body)
	if status != http.StatusCreated || token == "" {
		t.Fatalf("token: %d %s", status, body)
	}
	if status, _ := c.ask("acme.test", "Bearer "+token, "GET", "/v1/customers", ""); status != 200 {
		t.Errorf("acme's token at acme: %d", status)
	}
	if status, _ := c.ask("zeta.test", "Bearer "+token, "GET", "/v1/customers", ""); status != http.StatusUnauthorized {
		t.Errorf("acme's token opens zeta: %d", status)
	}
}

// messages has acme authorise a channel, and zeta try to send through its number and
// through an own channel that nobody authorised.
func (c *tenants) messages() {
	t := c.t
	acme, zeta := c.cookies["acme.test"], c.cookies["zeta.test"]
	address, got := gatewayOf(t)
	do := func(host, session, path, body string, want int) string {
		t.Helper()
		status, text := c.ask(host, session, "POST", path, body)
		if status != want {
			t.Fatalf("%s %s: %d %s, want %d", host, path, status, text, want)
		}
		return text
	}
	channel := fmt.Sprintf(`{"name":"SMS","kind":"gateway","endpoint":%q,"secret":%q,"active":true}`, address, gatewaySecret)
	do("acme.test", acme, "/v1/message-channels", channel, http.StatusCreated)
	do("acme.test", acme, "/v1/message-channels/1/authorisations",
		`{"document":"Contract","from":"2020-01-01","until":"2024-12-31"}`, http.StatusCreated)
	today := time.Now().UTC()
	do("acme.test", acme, "/v1/message-channels/1/authorisations", fmt.Sprintf(`{"document":"Contract","from":%q,"until":%q}`,
		today.AddDate(0, 0, -2).Format(time.DateOnly), today.AddDate(1, 0, 0).Format(time.DateOnly)), http.StatusCreated)
	do("zeta.test", zeta, "/v1/customers", fmt.Sprintf(newShop, "Shop of zeta"), http.StatusCreated)
	const message = `{"channel_id":1,"customer_ids":[1],"text":"Hello"}`
	do("zeta.test", zeta, "/v1/customer-messages", message, http.StatusNotFound)
	do("zeta.test", zeta, "/v1/message-channels", channel, http.StatusCreated)
	if text := do("zeta.test", zeta, "/v1/customer-messages", message, http.StatusForbidden); !strings.Contains(text, "not_authorised") {
		t.Errorf("zeta under acme's authorisation: %s", text)
	}
	if _, text := c.ask("zeta.test", zeta, "GET", "/v1/customer-messages/log", ""); strings.Count(text, `"refused"`) != 2 {
		t.Errorf("zeta's log: %s", text)
	}
	if _, text := c.ask("acme.test", acme, "GET", "/v1/customer-messages/log", ""); !strings.Contains(text, `"items":[]`) || got.Load() != 0 {
		t.Errorf("acme's log: %s; %d messages went out", text, got.Load())
	}
}

const newShop = `{"name":%q,"kind":"shop/bakery","level":"A","address":"1 Market Street","phone":"302 555 0142","contacts":[{"name":"Mr Wu"}],"district":"Wilmington",
	"position":[-75.5467,39.7459],"visit_every_days":7}`

// rows looks for a customer of acme by every read of zeta, as its administrator.
func (c *tenants) rows() {
	t := c.t
	acme, zeta := c.cookies["acme.test"], c.cookies["zeta.test"]
	status, body := c.ask("acme.test", acme, "POST", "/v1/customers", fmt.Sprintf(newShop, secretName))
	if status != http.StatusCreated {
		t.Fatalf("a customer of acme: %d %s", status, body)
	}
	tile := "/tiles/customers/14/4753/6217.mvt"
	for until := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		got, text := c.ask("acme.test", acme, "GET", tile, "")
		if strings.Contains(text, "Zzyzx") {
			break // the index follows the commit
		}
		if time.Now().After(until) {
			t.Errorf("acme's own tile shows nothing of it, so the test asks nothing: %d %.200q", got, text)
			break
		}
	}
	for _, path := range []string{
		"/v1/customers?limit=500", "/v1/customers/1", "/v1/customers/count", "/v1/customers/facets",
		"/v1/search?q=Zzyzx", "/v1/customers/export.csv", "/v1/customers/1/history", tile, "/v1/audit?limit=500",
		"/v1/people", "/v1/company", "/v1/pool", "/ogc/collections/customers/items", "/v1/sessions",
	} {
		status, text := c.ask("zeta.test", zeta, "GET", path, "")
		if strings.Contains(text, "Zzyzx") && !strings.Contains(path, "Zzyzx") || strings.Contains(strings.ReplaceAll(text, " ", ""), "5550142") ||
			strings.Contains(text, "Acme") || status >= 500 {
			t.Errorf("zeta reads %s: %d %.300s", path, status, text)
		}
	}
	if status, _ := c.ask("zeta.test", zeta, "GET", "/v1/customers/1", ""); status != http.StatusNotFound {
		t.Errorf("acme's number at zeta: %d", status)
	}
	_, count := c.ask("zeta.test", zeta, "GET", "/v1/customers/count", "")
	if !strings.Contains(count, `"total":0`) {
		t.Errorf("zeta counts %s", count)
	}
	// The same key of the same administrator is another command in the other company.
	if status, body = c.ask("zeta.test", zeta, "POST", "/v1/customers", fmt.Sprintf(newShop, "Zeta Shop")); status != http.StatusCreated {
		t.Errorf("the same phone and place in another company: %d %s", status, body)
	}
}

// streams listens at zeta while both companies change something.
func (c *tenants) streams() {
	t := c.t
	acme, zeta := c.cookies["acme.test"], c.cookies["zeta.test"]
	foreign := c.open("zeta.test", acme, "GET", "/v1/events", "")
	if foreign.Body.Close(); foreign.StatusCode != http.StatusUnauthorized { // nothing is read
		t.Errorf("acme's session listens at zeta: %d", foreign.StatusCode)
	}
	res := c.open("zeta.test", zeta, "GET", "/v1/events", "") //nolint:bodyclose // closed by the next line
	defer res.Body.Close()
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	for i := range 3 {
		status, body := c.ask("acme.test", acme, "POST", "/v1/customers",
			strings.Replace(fmt.Sprintf(newShop, fmt.Sprint("Acme ", i)), "39.7459", fmt.Sprintf("39.%d", 80+i), 1))
		if status != http.StatusCreated {
			t.Fatalf("%d %s", status, body)
		}
	}
	status, body := c.ask("zeta.test", zeta, "PATCH", "/v1/customers/1", `{"name":"Zeta Shop 2"}`)
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	heard := 0
	for deadline := time.After(time.Minute); heard == 0; {
		select {
		case line := <-lines:
			if strings.Contains(line, `"ids":[1]`) {
				heard++
			} else if strings.Contains(line, `"ids":[`) {
				t.Errorf("zeta hears %s", line)
			}
		case <-deadline:
			t.Fatal("zeta hears nothing of its own change")
		}
	}
}

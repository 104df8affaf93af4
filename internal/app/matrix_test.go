package app

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"beatplan/api"
	"beatplan/business"
	"beatplan/business/approvals"
	"beatplan/business/crm"
	"beatplan/business/finance"
	"beatplan/business/identity"
	"beatplan/business/ordering"
	"beatplan/internal/db"
	"beatplan/internal/idem"
	"beatplan/internal/scope"
)

// rows of three sorts, by the noun that a path begins with.
type matrixRows struct{ own, shared, foreign map[string]int64 }

// bodies that pass the schema, so that a request gets as far as the row.
func matrixBody(r api.Route, h *company, id int64) string {
	return map[string]string{
		"change-customer":  `{"name":"Mine now"}`,
		"change-lead":      `{"name":"Mine now"}`,
		"drop-lead":        `{"reason":"mine now"}`,
		"convert-lead":     `{"name":"Mine now","kind":"shop"}`,
		"change-person":    `{"name":"Mine now"}`,
		"create-device":    `{"name":"Mine now"}`,
		"decide-approval":  `{"approve":true,"comment":"mine now"}`,
		"set-pool-limit":   `{"max_held":1}`,
		"assign-customers": fmt.Sprintf(`{"customer_ids":[%d],"owner_id":%d}`, id, h.mine.ID),
		"change-people":    fmt.Sprintf(`{"people":[%d],"active":false}`, id),
		"skip-stop":        `{"reason":"mine now"}`,
		"merge-customer":   fmt.Sprintf(`{"into":%d}`, h.own.ID),

		"change-customer-view":  `{"name":"Mine now"}`,
		"add-customer-note":     `{"text":"mine now"}`,
		"move-customer-problem": `{"state":"processing"}`,
		"cancel-order":          `{"reason":"mine now"}`,
		"close-order":           `{"reason":"mine now"}`,
		"decide-order":          `{"approve":true,"reason":"mine now"}`,
		"cancel-visit":          `{"reason":"mine now"}`,
		"decide-visit":          `{"valid":false,"reason":"mine now"}`,
		"reverse-goods-note":    `{"reason":"mine now"}`,
		"reverse-receipt":       `{"reason":"mine now"}`,
		"set-customer-terms":    `{"limit_cents":1}`,
	}[r.ID]
}

// noun is what the {id} or {person} of a path is about; "" for what nobody owns.
func noun(path string) string {
	for _, n := range []string{"/v1/customers/{id}", "/v1/pool/{id}", "/v1/people/{id}", "/v1/approvals/{id}",
		"/v1/sessions/{id}", "/v1/me/tokens/{id}", "/v1/days/{person}", "/v1/tracks/{person}", "/v1/customers/assign",
		"/v1/orders/{id}", "/v1/receipts/{id}", "/v1/goods-notes/{id}", "/v1/customer-problems/{id}",
		"/v1/leads/{id}", "/v1/customer-views/{id}",
		"/v1/visits/{id}", "/v1/detours/{person}",
		"/v1/people/batch", "/v1/track-reports/{person}", "/v1/mileage/{person}", "/v1/people/{person}"} {
		if strings.HasPrefix(path, n) {
			return strings.Split(n, "/")[2]
		}
	}
	return ""
}

// documents gives both salespeople an order, goods, a receipt, a problem report, a visit,
// a lead and a saved view.
func (h *trade) documents(rows matrixRows) {
	t := h.t
	for who, set := range map[string]map[string]int64{"mine": rows.own, "theirs": rows.foreign} {
		c := map[string]crm.Customer{"mine": h.own, "theirs": h.foreign}[who]
		token, _, err := h.Identity.SignInDemo(t.Context(), who, "")
		if err != nil {
			t.Fatal(err)
		}
		h.tokens["seller of "+business.Role(who)] = token
		as := h.browser("seller of " + business.Role(who))
		seller := business.Actor{Person: c.Owner, Role: business.Salesperson}
		place := ordering.Caller{Actor: seller, Scope: scope.Everything(), Key: h.key()}
		order, err := h.Ordering.Place(t.Context(), place, ordering.NewOrder{Customer: c.ID, Confirm: true,
			Lines: []ordering.NewLine{{Product: h.water.ID, Quantity: business.Units(1)}}})
		if err != nil {
			t.Fatal(err)
		}
		note := h.ship(order)
		r, err := h.Finance.Receive(t.Context(), finance.Caller{Actor: seller, Scope: scope.Everything(), Key: h.key()},
			finance.NewReceipt{Customer: c.ID, Tenders: h.pays(2400)})
		if err != nil {
			t.Fatal(err)
		}
		var problem, visit struct {
			ID int64 `json:"id"`
		}
		as.must("POST", "/v1/customer-problems", map[string]any{"customer_id": c.ID, "kind": "other",
			"description": "broken"}, &problem)
		as.onPhone().must("POST", "/v1/visits", map[string]any{"customer_id": c.ID, "fix": h.fix()}, &visit)
		set["orders"], set["goods-notes"], set["receipts"] = int64(order.ID), int64(note.ID), int64(r.ID)
		set["customer-problems"], set["visits"] = problem.ID, visit.ID
		var lead, view struct {
			ID int64 `json:"id"`
		}
		as.must("POST", "/v1/leads", map[string]any{"name": "Lead of " + who}, &lead)
		as.must("POST", "/v1/customer-views", map[string]any{"name": "View of " + who}, &view)
		set["leads"], set["customer-views"] = lead.ID, view.ID
		delete(h.tokens, "seller of "+business.Role(who))
	}
	h.own, h.foreign = h.customer(h.own.ID), h.customer(h.foreign.ID)
}

func (h *company) matrix() matrixRows {
	t := h.t
	system := crm.By{Actor: business.Actor{Role: business.Admin}, Scope: scope.Everything(), Key: "key-shared"}
	shared, err := h.CRM.Create(t.Context(), system, crm.NewCustomer{Name: "Shared Bakery", Kind: "shop/bakery",
		Level: "A", Owner: h.theirs.ID, Address: "7 Market Street", Pin: &crm.Pin{Point: [2]float64{-75.6, 39.6}},
		SharedWith: []int64{int64(h.mine.ID)}})
	if err != nil {
		t.Fatal(err)
	}
	h.Approvals.Register(approvals.Kind{Code: "matrix.ask", Prepare: prepareNothing, Apply: applyNothing})
	put := func(p identity.Person, key idem.Key) int64 {
		r, err := h.Approvals.Put(t.Context(), approvals.By{Key: key,
			Actor: business.Actor{Person: p.ID, Role: p.Role}}, approvals.New{Kind: "matrix.ask"})
		if err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	session := func(p identity.Person) int64 {
		if _, _, err := h.Identity.SignInDemo(t.Context(), p.Login, ""); err != nil {
			t.Fatal(err)
		}
		list, err := h.Identity.Sessions(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		return list[0].ID
	}
	own, foreign := int64(h.own.ID), int64(h.foreign.ID)
	me, them := int64(h.mine.ID), int64(h.theirs.ID)
	mineAsk, theirAsk := put(h.mine, "key-ask-mine"), put(h.theirs, "key-ask-theirs")
	return matrixRows{
		own:    map[string]int64{"customers": own, "people": me, "approvals": mineAsk, "days": me, "tracks": me},
		shared: map[string]int64{"customers": int64(shared.ID)},
		foreign: map[string]int64{"customers": foreign, "pool": foreign, "people": them, "approvals": theirAsk,
			"sessions": session(h.theirs), "me": 1, "days": them, "tracks": them, "track-reports": them, "mileage": them},
	}
}

// Every operation of the route table that names somebody's row, by every role that
// does not see everybody: a foreign row is answered like one that does not exist,
// and nothing of it changes; one's own and a shared one are found.
//
// feature: Z1.2-2
func TestEveryOperationByRoleAndRow(t *testing.T) {
	h := newTrade(t)
	rows := h.matrix()
	h.documents(rows)
	seller := h.tokens[business.Salesperson]
	tokens := map[string]string{"salesperson": seller, "manager": h.tokens[business.Manager]}
	for _, m := range h.narrow() {
		tokens[m.name] = m.token
	}
	asked := map[string]bool{}
	for _, r := range h.API.Routes() {
		n := noun(r.Path)
		id, ok := rows.foreign[n]
		if n == "" || !ok {
			continue
		}
		for who, token := range tokens {
			ask := func(id int64) (int, string) {
				return h.ask(token, r.Method, matrixPath(r, id), matrixBody(r, h.company, id))
			}
			status, body := ask(id)
			unknown, other := ask(999_999)
			// An administrator's ids in a path that is one's own anyway are one's own.
			if status < 400 && r.Method != http.MethodGet || status != unknown || code(body) != code(other) {
				t.Errorf("%s %s by %s: foreign %d %.120s, unknown %d %.120s", r.Method, r.Path, who, status, body, unknown, other)
			}
			if strings.Contains(body, secretName) || strings.Contains(body, "P theirs") {
				t.Errorf("%s %s by %s shows %s", r.Method, r.Path, who, body)
			}
		}
		asked[n] = true
		if r.Method != http.MethodGet {
			continue
		}
		for sort, set := range map[string]map[string]int64{"own": rows.own, "shared": rows.shared} {
			may := slices.Contains(identity.PermissionsOf(business.Salesperson), r.Perm)
			if id, ok := set[n]; ok && may && r.ID != "get-pin-proposal" && !strings.HasSuffix(r.Path, "/photo") &&
				!strings.HasSuffix(r.Path, "/export") {
				if status, body := h.ask(seller, "GET", matrixPath(r, id), ""); status != http.StatusOK {
					t.Errorf("%s of an %s row: %d %.200s", r.Path, sort, status, body)
				}
			}
		}
	}
	if len(asked) < 16 {
		t.Errorf("only %v were asked for", asked)
	}
	h.unchanged(rows)
}

// unchanged looks whether anything foreign was touched.
func (h *company) unchanged(rows matrixRows) {
	h.t.Helper()
	c, err := h.CRM.Customer(h.t.Context(), scope.Everything(), h.foreign.ID)
	if err != nil || c.Version != h.foreign.Version || c.Owner != h.theirs.ID {
		h.t.Errorf("the foreign customer: %+v %v", c, err)
	}
	p, err := h.Identity.PersonByID(h.t.Context(), scope.Everything(), h.theirs.ID)
	if err != nil || p.Version != h.theirs.Version || !p.Active || p.Photo != "" {
		h.t.Errorf("the foreign person: %+v %v", p, err)
	}
	by := approvals.By{Actor: business.Actor{Role: business.Admin}, Scope: scope.Everything()}
	d, err := h.Approvals.Request(h.t.Context(), by, rows.foreign["approvals"])
	if err != nil || d.State != approvals.Open || d.Version != 1 {
		h.t.Errorf("the foreign request: %+v %v", d.Request, err)
	}
	if list, err := h.Identity.Sessions(h.t.Context(), h.theirs.ID); err != nil || len(list) < 1 {
		h.t.Errorf("the foreign session: %+v %v", list, err)
	}
}

func prepareNothing(context.Context, db.Tx, approvals.By, *approvals.New) error { return nil }

func applyNothing(context.Context, db.Tx, approvals.Request, business.Actor) (int64, error) {
	return 0, nil
}

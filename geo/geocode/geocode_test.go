package geocode

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"beatplan/geo/datum"
	"beatplan/geo/geodesic"
)

// answering serves documented answers by path and keeps the last question.
func answering(t *testing.T, answers map[string]string) (*httptest.Server, *http.Request) {
	t.Helper()
	var last http.Request
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last = *r.Clone(r.Context())
		text, ok := answers[r.URL.Path]
		if !ok {
			http.Error(w, "no", http.StatusTooManyRequests)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(s.Close)
	return s, &last
}

// Answers in the form that AMap documents; empty words are empty lists there.
const (
	amapGeo = `{"status":"1","info":"OK","infocode":"10000","count":"1","geocodes":[{
"formatted_address":"北京市朝阳区阜通东大街6号","country":"中国","province":"北京市","citycode":"010",
"city":"北京市","district":"朝阳区","township":[],"neighborhood":{"name":[],"type":[]},
"building":{"name":[],"type":[]},"adcode":"110105","street":"阜通东大街","number":"6号",
"location":"116.482086,39.990496","level":"门牌号"}]}`
	amapRegeo = `{"status":"1","info":"OK","infocode":"10000","regeocode":{
"formatted_address":"北京市朝阳区望京街道阜通东大街6号方恒国际中心","addressComponent":{"city":[],
"province":"北京市","adcode":"110105","district":"朝阳区","towncode":"110105026000",
"streetNumber":{"number":"6号","location":"116.482005,39.990056","direction":"北",
"distance":"44.8018","street":"阜通东大街"},"country":"中国","township":"望京街道",
"businessAreas":[[]],"neighborhood":{"name":[],"type":[]},"citycode":"010"}}}`
	amapRefused = `{"status":"0","info":"INVALID_USER_KEY","infocode":"10001"}`
)

// feature: Z5.1.1-b
func TestAMapIsReadInItsDatum(t *testing.T) {
	s, last := answering(t, map[string]string{"/v3/geocode/geo": amapGeo, "/v3/geocode/regeo": amapRegeo})
	g, err := New(Options{Name: "amap", URL: s.URL, Key: "k-1"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := g.Find(t.Context(), Question{Text: "北京市朝阳区阜通东大街6号"})
	if err != nil || len(found) != 1 {
		t.Fatalf("%v: %v", found, err)
	}
	q := last.URL.Query()
	if q.Get("key") != "k-1" || q.Get("address") != "北京市朝阳区阜通东大街6号" {
		t.Errorf("asked %v", q)
	}
	if found[0].Kind != "house" || found[0].Title != "北京市朝阳区阜通东大街6号" || found[0].Source != "amap" {
		t.Errorf("%+v", found[0])
	}
	// What AMap calls 116.482086,39.990496 lies half a kilometre off in WGS-84.
	back := datum.Convert(found[0].Point, datum.WGS84, datum.GCJ02)
	if off := geodesic.Distance(back, orb.Point{116.482086, 39.990496}); off > 0.5 {
		t.Errorf("%v m off in GCJ-02", off)
	}
	if off := geodesic.Distance(found[0].Point, orb.Point{116.482086, 39.990496}); off < 300 {
		t.Errorf("the answer was not shifted: %v m", off)
	}
	a, err := g.At(t.Context(), found[0].Point, "zh")
	if err != nil || a.Street != "阜通东大街" || a.House != "6号" || a.Place != "朝阳区" ||
		!strings.HasPrefix(a.Line, "北京市朝阳区") {
		t.Errorf("%+v: %v", a, err)
	}
	if at := last.URL.Query().Get("location"); at != "116.482086,39.990496" {
		t.Errorf("asked at %s, which is not GCJ-02", at)
	}
}

func TestAMapsRefusalsAndNothings(t *testing.T) {
	for _, v := range []struct {
		answer string
		err    error
	}{
		{amapRefused, ErrRefused},
		{`{"status":"1","info":"OK","infocode":"10000","count":"0","geocodes":[]}`, nil},
		{`{"status":"0","info":"ENGINE_RESPONSE_DATA_ERROR","infocode":"30001"}`, nil},
		{`<html>`, ErrRefused},
	} {
		s, _ := answering(t, map[string]string{"/v3/geocode/geo": v.answer})
		g, err := New(Options{Name: "amap", URL: s.URL, Key: "secret-key"})
		if err != nil {
			t.Fatal(err)
		}
		found, err := g.Find(t.Context(), Question{Text: "nowhere"})
		if !errors.Is(err, v.err) || len(found) != 0 {
			t.Errorf("%.40s: %v, %v", v.answer, found, err)
		}
		if _, err := g.At(t.Context(), orb.Point{116, 40}, ""); !errors.Is(err, ErrRefused) {
			t.Errorf("status 429 is %v", err)
		}
	}
	s := httptest.NewServer(nil)
	s.Close()
	g, err := New(Options{Name: "amap", URL: s.URL, Key: "secret-key"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Find(t.Context(), Question{Text: "x"}); !errors.Is(err, ErrRefused) ||
		strings.Contains(err.Error(), "secret-key") {
		t.Errorf("a service that is down: %v", err)
	}
}

// Answers in the form that Nominatim documents for format=jsonv2.
const (
	nominatimSearch = `[{"place_id":100149,"licence":"Data © OpenStreetMap contributors","osm_type":"node",
"osm_id":107775,"boundingbox":["51.3473219","51.6673219","-0.2876474","0.0323526"],"lat":"51.5073219",
"lon":"-0.1276474","display_name":"London, Greater London, England, United Kingdom","category":"place",
"type":"city","place_rank":15,"addresstype":"city","importance":0.9654895765402}]`
	nominatimReverse = `{"place_id":134140761,"licence":"…","osm_type":"way","osm_id":280940520,
"lat":"-34.4391708","lon":"-58.7064573","place_rank":26,"category":"highway","type":"motorway",
"addresstype":"road","name":"Autopista Pedro Eugenio Aramburu",
"display_name":"Autopista Pedro Eugenio Aramburu, El Triángulo, Buenos Aires, Argentina",
"address":{"road":"Autopista Pedro Eugenio Aramburu","village":"El Triángulo","state":"Buenos Aires"}}`
)

// feature: Z5.1.1-b
func TestNominatimIsReadAsItIsDocumented(t *testing.T) {
	s, last := answering(t, map[string]string{"/search": nominatimSearch, "/reverse": nominatimReverse})
	g, err := New(Options{Name: "nominatim", URL: s.URL + "/", Agent: "beatplan/test", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	g.(*keeping).Service.(*nominatim).pause = 0 // the pace has a test of its own
	found, err := g.Find(t.Context(), Question{Text: "London", Language: "en", Limit: 3})
	if err != nil || len(found) != 1 || found[0].Kind != "city" ||
		found[0].Point != (orb.Point{-0.1276474, 51.5073219}) {
		t.Fatalf("%+v: %v", found, err)
	}
	want := url.Values{"q": {"London"}, "format": {"jsonv2"}, "limit": {"3"}, "accept-language": {"en"}}
	if got := last.URL.Query().Encode(); got != want.Encode() || last.UserAgent() != "beatplan/test" {
		t.Errorf("asked %s as %s", got, last.UserAgent())
	}
	a, err := g.At(t.Context(), orb.Point{-58.7064573, -34.4391708}, "")
	if err != nil || a.Street != "Autopista Pedro Eugenio Aramburu" || a.Place != "El Triángulo" {
		t.Errorf("%+v: %v", a, err)
	}
	sea, _ := answering(t, map[string]string{"/reverse": `{"error":"Unable to geocode"}`, "/search": `[]`})
	if g, err = New(Options{Name: "nominatim", URL: sea.URL, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	g.(*keeping).Service.(*nominatim).pause = 0
	if _, err := g.At(t.Context(), orb.Point{0, 0}, ""); !errors.Is(err, ErrUnknown) {
		t.Errorf("the sea: %v", err)
	}
	if found, err := g.Find(t.Context(), Question{Text: "x"}); err != nil || len(found) != 0 {
		t.Errorf("nothing: %v, %v", found, err)
	}
}

// TestNominatimIsAskedOnceASecond looks at when the next question may go, not at how
// long this machine takes.
func TestNominatimIsAskedOnceASecond(t *testing.T) {
	s, _ := answering(t, map[string]string{"/search": `[]`})
	g, err := New(Options{Name: "nominatim", URL: s.URL, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	n := g.(*keeping).Service.(*nominatim)
	if _, err := n.Find(t.Context(), Question{Text: "x"}); err != nil {
		t.Fatal(err)
	}
	first := n.next
	if _, err := n.Find(t.Context(), Question{Text: "x"}); err != nil { // past what is kept
		t.Fatal(err)
	}
	if n.pause < 1e9 || n.next.Sub(first) < n.pause {
		t.Errorf("two questions within %v", n.next.Sub(first))
	}
}

// TestNominatimsAnswersAreKeptAndAMapsAreNot, each as its licence has it.
func TestNominatimsAnswersAreKeptAndAMapsAreNot(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Query().Get("q") == "refused":
			http.Error(w, "no", http.StatusTooManyRequests)
		case r.URL.Path == "/reverse":
			_, _ = w.Write([]byte(`{"error":"Unable to geocode"}`))
		case r.URL.Path == "/search":
			_, _ = w.Write([]byte(nominatimSearch))
		default:
			_, _ = w.Write([]byte(amapGeo))
		}
	}))
	t.Cleanup(s.Close)
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	g, err := New(Options{Name: "nominatim", URL: s.URL, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	g.(*keeping).Service.(*nominatim).pause = 0
	find := func(g Service, text string, want int) {
		t.Helper()
		for range 3 {
			found, err := g.Find(t.Context(), Question{Text: text})
			if refused := text == "refused"; refused != (err != nil) || !refused && len(found) != 1 {
				t.Fatalf("%s: %v, %v", text, found, err)
			}
		}
		if asked != want {
			t.Errorf("%s: asked %d times, want %d", text, asked, want)
		}
	}
	find(g, "London", 1)
	find(g, "refused", 4) // may be answered the next time
	for range 3 {
		if _, err := g.At(t.Context(), orb.Point{0, 0}, ""); !errors.Is(err, ErrUnknown) || asked != 5 {
			t.Errorf("the sea, asked %d times: %v", asked, err)
		}
	}
	now = now.Add(nominatimKept)
	find(g, "London", 6)
	if g, err = New(Options{Name: "amap", URL: s.URL, Key: "k", Now: clock}); err != nil {
		t.Fatal(err)
	}
	find(g, "London", 9)
}

// TestALongQueueIsRefusedAtOnce: a turn that would come too late is nobody's.
func TestALongQueueIsRefusedAtOnce(t *testing.T) {
	late := time.Now().Add(time.Hour)
	c := client{pause: time.Second, next: late}
	if err := c.wait(t.Context()); !errors.Is(err, ErrRefused) {
		t.Errorf("an hour's wait: %v", err)
	}
	if !c.next.Equal(late) {
		t.Errorf("the refused took the turn of %v", c.next)
	}
}

// TestTheKeyGoesNowhereElse: a service that points elsewhere is not followed.
func TestTheKeyGoesNowhereElse(t *testing.T) {
	other, asked := answering(t, map[string]string{"/": "{}"})
	s := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusFound))
	t.Cleanup(s.Close)
	g, err := New(Options{Name: "amap", URL: s.URL, Key: "k-1"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Find(t.Context(), Question{Text: "x"})
	if !errors.Is(err, ErrRefused) || strings.Contains(err.Error(), "k-1") || asked.URL != nil {
		t.Errorf("%v, the other was asked %v", err, asked.URL)
	}
}

func TestServicesThatCannotBe(t *testing.T) {
	for _, o := range []Options{{Name: "bing"}, {Name: "amap"}, {Name: "nominatim"},
		{Name: "amap", Key: "k", URL: "ftp://x"}, {Name: "nominatim", URL: "::"}} {
		if s, err := New(o); err == nil {
			t.Errorf("%+v is %v", o, s)
		}
	}
	if s, err := New(Options{}); s != nil || err != nil {
		t.Errorf("none is %v, %v", s, err)
	}
}

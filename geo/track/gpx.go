package track

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/paulmach/orb"
)

var errNoRoot = errors.New("it has no element gpx")

// ReadGPX reads the track points of a GPX 1.0 or 1.1 file, in the file's order.
// Points without a time say nothing of when somebody was there and are left out;
// skipped counts them. With a start, the times of the file are taken as relative
// and moved so that the first point has it, and points without a time follow every
// untimedEvery. It fails with ErrGPX, and with ErrBatch beyond most points.
func ReadGPX(
	r io.Reader, most int, start time.Time,
) (fixes []Fix, skipped int, err error) {
	dec := xml.NewDecoder(bufio.NewReader(r))
	dec.CharsetReader = func(label string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("the encoding %s is not read", label)
	}
	root, last := false, start
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, ErrGPX.Because(err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		root = root || element.Name.Local == "gpx"
		if element.Name.Local != "trkpt" {
			continue
		}
		var p gpxPoint
		if err := dec.DecodeElement(&p, &element); err != nil {
			return nil, 0, ErrGPX.Because(err)
		}
		fix, timed, err := p.fix()
		if err != nil {
			return nil, 0, ErrGPX.Because(err)
		}
		if !timed && start.IsZero() {
			skipped++
			continue
		}
		if !timed {
			fix.At = last.Add(untimedEvery)
		}
		last = fix.At
		if fixes = append(fixes, fix); len(fixes) > most {
			return nil, 0, ErrBatch
		}
	}
	if !root {
		return nil, 0, ErrGPX.Because(errNoRoot)
	}
	if !start.IsZero() && len(fixes) > 0 {
		move := start.Sub(fixes[0].At)
		for i := range fixes {
			fixes[i].At = fixes[i].At.Add(move)
		}
	}
	return fixes, skipped, nil
}

// untimedEvery is how far apart points without a time are put.
const untimedEvery = 10 * time.Second

// gpxPoint is a trkpt. GPX 1.0 has speed (m/s) and course as elements of the
// point, 1.1 has them in extensions, of which Garmin's are read.
type gpxPoint struct {
	Lat    float64 `xml:"lat,attr"`
	Lon    float64 `xml:"lon,attr"`
	Time   string  `xml:"time"`
	Speed  string  `xml:"speed"`
	Course string  `xml:"course"`
	More   struct {
		Speed    string `xml:"TrackPointExtension>speed"`
		Course   string `xml:"TrackPointExtension>course"`
		Accuracy string `xml:"accuracy"`
	} `xml:"extensions"`
}

func (p gpxPoint) fix() (f Fix, timed bool, err error) {
	f = Fix{Position: orb.Point{p.Lon, p.Lat}, Source: "gpx"}
	if p.Time == "" {
		return f, false, nil
	}
	if f.At, err = time.Parse(time.RFC3339, p.Time); err != nil {
		return f, false, err
	}
	const kmh = 3.6 // km/h of a m/s
	f.SpeedKmh = first(kmh, p.Speed, p.More.Speed)
	f.CourseDeg = first(1, p.Course, p.More.Course)
	f.AccuracyM = first(1, p.More.Accuracy)
	return f, true, nil
}

// first is the first of the texts that is a number, in another unit.
func first(unit float64, texts ...string) *float32 {
	for _, t := range texts {
		if v, err := strconv.ParseFloat(t, 64); err == nil && v >= 0 {
			f := float32(v * unit)
			return &f
		}
	}
	return nil
}

// WriteGPX writes fixes as a GPX 1.1 track; what GPX has no element for stands in
// extensions. A break of more than ten minutes begins a new segment.
func WriteGPX(w io.Writer, name string, fixes []Fix) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, xml.Header+`<gpx version="1.1" creator="Beatplan"`+
		` xmlns="http://www.topografix.com/GPX/1/1"`+
		` xmlns:tpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">`+"\n<trk><name>")
	if err := xml.EscapeText(out, []byte(name)); err != nil {
		return err
	}
	fmt.Fprint(out, "</name><trkseg>\n")
	for i, f := range fixes {
		if i > 0 && f.At.Sub(fixes[i-1].At) > FreshFor {
			fmt.Fprint(out, "</trkseg><trkseg>\n")
		}
		writePoint(out, f)
	}
	fmt.Fprint(out, "</trkseg></trk>\n</gpx>\n")
	return out.Flush()
}

func writePoint(out *bufio.Writer, f Fix) {
	number := func(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }
	fmt.Fprintf(out, `<trkpt lat="%s" lon="%s"><time>%s</time>`, number(f.Position[1], 7),
		number(f.Position[0], 7), f.At.UTC().Format("2006-01-02T15:04:05.000Z"))
	if f.SpeedKmh != nil || f.CourseDeg != nil || f.AccuracyM != nil {
		fmt.Fprint(out, "<extensions>")
		if f.AccuracyM != nil {
			fmt.Fprintf(out, "<accuracy>%s</accuracy>", number(float64(*f.AccuracyM), 1))
		}
		fmt.Fprint(out, "<tpx:TrackPointExtension>")
		if f.SpeedKmh != nil {
			fmt.Fprintf(out, "<tpx:speed>%s</tpx:speed>", number(float64(*f.SpeedKmh)/3.6, 3))
		}
		if f.CourseDeg != nil {
			fmt.Fprintf(out, "<tpx:course>%s</tpx:course>", number(float64(*f.CourseDeg), 0))
		}
		fmt.Fprint(out, "</tpx:TrackPointExtension></extensions>")
	}
	fmt.Fprint(out, "</trkpt>\n")
}

// WriteGeoJSON writes fixes as one LineString feature with the times, speeds and
// accuracies of its points as properties (coordTimes as togeojson names them).
func WriteGeoJSON(w io.Writer, name string, fixes []Fix) error {
	points := make([][2]float64, len(fixes))
	times := make([]string, len(fixes))
	speeds, accuracies := make([]*float32, len(fixes)), make([]*float32, len(fixes))
	for i, f := range fixes {
		points[i] = f.Position
		times[i] = f.At.UTC().Format("2006-01-02T15:04:05.000Z")
		speeds[i], accuracies[i] = f.SpeedKmh, f.AccuracyM
	}
	return json.NewEncoder(w).Encode(map[string]any{
		"type": "FeatureCollection",
		"features": []any{map[string]any{
			"type":     "Feature",
			"geometry": map[string]any{"type": "LineString", "coordinates": points},
			"properties": map[string]any{
				"name": name, "coordTimes": times, "speed_kmh": speeds, "accuracy_m": accuracies,
			},
		}},
	})
}

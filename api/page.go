package api

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
)

// PageQuery is the keyset part of every list's input; embed it.
type PageQuery struct {
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Most items in the answer"`
	After string `query:"after" maxLength:"800" doc:"The value of next in the previous page"`
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next" doc:"Pass as after for the next page; null on the last"`
	Total *int64  `json:"total" doc:"Rows under the filter; null where counting costs too much"`
}

// NewPage makes a page. An empty next means the last page, a negative total that
// it was not counted.
func NewPage[T any](items []T, next string, total int64) Page[T] {
	p := Page[T]{Items: items}
	if p.Items == nil {
		p.Items = []T{}
	}
	if next != "" {
		p.Next = &next
	}
	if total >= 0 {
		p.Total = &total
	}
	return p
}

// EncodeAfter packs the sort key of a page's last row into a value for next.
func EncodeAfter(key any) (string, error) {
	b, err := json.Marshal(key)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// DecodeAfter unpacks a value of after into key, a pointer to the type that was
// packed. It fails with [ErrCursor]; an empty value leaves key alone.
func DecodeAfter(after string, key any) error {
	if after == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(after)
	if err != nil {
		return ErrCursor.Because(err)
	}
	if err := json.Unmarshal(b, key); err != nil {
		return ErrCursor.Because(err)
	}
	return nil
}

// ETag is the entity tag of a row's version.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// IfMatch is the precondition of an update; embed it in the operation's input.
type IfMatch struct {
	Match string `header:"If-Match" maxLength:"40" example:"\"7\"" doc:"ETag of the version that was read"`
}

// Version returns the version that the caller has read. It fails with
// [ErrIfMatch] when the header is absent or not one of our tags.
func (m IfMatch) Version() (int64, error) {
	s := strings.TrimPrefix(strings.TrimSpace(m.Match), "W/")
	s = strings.TrimSuffix(strings.TrimPrefix(s, `"`), `"`)
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 0 {
		return 0, ErrIfMatch
	}
	return v, nil
}

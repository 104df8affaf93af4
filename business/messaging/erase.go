package messaging

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

// What the person sent, and whatever bears the name or the number, which receivers
// write in many ways. A message that still waits does not go out.
const (
	sqlErase = `
update messaging.message set recipient = '-', address = '-', subject = '', body = '-',
	state = case when state = 'waiting' then 'refused' else state end
where sent_by = @person or @digits <> '' and (strpos(regexp_replace(address, '\D', '', 'g'), @digits) > 0
		or strpos(regexp_replace(subject || ' ' || body, '[^0-9[:alpha:]]', '', 'g'), @digits) > 0)
	or exists (select from unnest(@words::text[]) w
		where concat_ws(' ', recipient, address, subject, body) ~* w)`

	sqlEraseTries = `
update messaging.attempt a set detail = '' where detail <> '' and (person_id = @person
	or exists (select from messaging.message m where m.id = a.message_id and m.body = '-')
	or exists (select from unnest(@words::text[]) w where detail ~* w))`
)

// Traces is what tells of somebody in free text.
type Traces struct {
	Person business.PersonID
	Name   string
	Phone  string // "": none is known
}

// digitsToTell is how many digits of a number tell of one person.
const digitsToTell = 6

// Erase takes out of the log what tells of a person who is erased: names, numbers and
// texts of the messages that they sent and of those that bear their name or number. The
// lines stay, with customer, channel, time and outcome. It runs inside the caller's
// transaction. O(messages).
func Erase(ctx context.Context, tx db.Tx, t Traces) error {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, t.Phone)
	if len(digits) < digitsToTell {
		digits = ""
	}
	words := []string{}
	for _, w := range []string{strings.TrimSpace(t.Name), strings.TrimSpace(t.Phone)} {
		if w != "" {
			words = append(words, word(w))
		}
	}
	args := pgx.NamedArgs{"person": t.Person, "digits": digits, "words": words}
	for _, sql := range []string{sqlErase, sqlEraseTries} {
		if _, err := tx.Exec(ctx, sql, args); err != nil {
			return fmt.Errorf("erase person %d from the messages: %w", t.Person, err)
		}
	}
	return nil
}

// word is the pattern of a name or number that stands for itself: Ada is not in Canada.
// Where words are not parted, as in Chinese, it is found within them.
func word(w string) string {
	return "(^|[^a-z0-9])" + regexp.QuoteMeta(w) + "($|[^a-z0-9])"
}

package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // RFC 6238's default, the one that every authenticator knows
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"beatplan/business"
	"beatplan/internal/db"
)

const (
	totpStep      = 30 * time.Second
	totpDigits    = 1_000_000
	totpSkew      = 1  // steps that a phone's clock may be off, either way
	totpSecret    = 20 // bytes, as RFC 4226 asks for SHA-1
	recoveryCodes = 10
)

const (
	sqlBeginTOTP = `
insert into identity.totp (person_id, secret, sealed, created_at)
values (@person, @secret, true, @now)
on conflict (person_id) do update
	set secret = excluded.secret, sealed = true, created_at = excluded.created_at, last_step = 0
	where identity.totp.confirmed_at is null`

	sqlLockTOTP = `
select secret, sealed, confirmed_at is not null, last_step from identity.totp
where person_id = @person for update`
	sqlUnsealed = `
select person_id, secret from identity.totp where not sealed order by person_id for update`
	sqlSealTOTP = `
update identity.totp set secret = @secret, sealed = true where person_id = @person`

	sqlConfirmTOTP = `
update identity.totp set confirmed_at = coalesce(confirmed_at, @now), last_step = @step
where person_id = @person`

	sqlEndTOTP = `delete from identity.totp where person_id = @person`

	sqlHasTOTP = `
select exists (select from identity.totp where person_id = @person and confirmed_at is not null)`

	sqlDropRecovery = `delete from identity.recovery_code where person_id = @person`

	sqlAddRecovery = `
insert into identity.recovery_code (person_id, hash) values (@person, @hash)`

	sqlUseRecovery = `
update identity.recovery_code set used_at = @now
where person_id = @person and hash = @hash and used_at is null`
)

// BeginTOTP makes a new secret for the actor and returns it as an otpauth address
// for an authenticator's camera. It asks for nothing until [Service.ConfirmTOTP].
// It fails with [ErrProofNeeded], and with [ErrFactorOn] when there is one already.
func (s *Service) BeginTOTP(ctx context.Context, id Identity) (string, error) {
	if err := s.Proved(id); err != nil {
		return "", err
	}
	p, err := person(ctx, s.DB, id.Actor.Person)
	if err != nil {
		return "", err
	}
	c, err := s.Company(ctx)
	if err != nil {
		return "", err
	}
	secret := make([]byte, totpSecret)
	_, _ = rand.Read(secret) // never fails since Go 1.24
	sealed, err := s.Vault.Seal(secret, factorOf(p.ID))
	if err != nil {
		return "", fmt.Errorf("seal the second factor of person %d: %w", p.ID, err)
	}
	args := pgx.NamedArgs{"person": p.ID, "secret": sealed, "now": s.Clock.Now()}
	tag, err := s.DB.Exec(ctx, sqlBeginTOTP, args)
	if err != nil {
		return "", err
	}
	if tag.RowsAffected() == 0 {
		return "", ErrFactorOn
	}
	return otpauth(c.Name, p.Login, secret), nil
}

func otpauth(company, login string, secret []byte) string {
	issuer := strings.ReplaceAll(company, ":", " ")
	if issuer == "" {
		issuer = "Beatplan"
	}
	q := url.Values{
		"secret": {base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)},
		"issuer": {issuer},
	}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+login) + "?" +
		strings.ReplaceAll(q.Encode(), "+", "%20")
}

// ConfirmTOTP switches the second factor on when the code is right, and returns
// ten recovery codes, which are not kept. It fails with [ErrFirstCode],
// [ErrNoFactor], [ErrFactorOn] or [ErrFactorSealed].
func (s *Service) ConfirmTOTP(
	ctx context.Context, by business.Actor, code string,
) ([]string, error) {
	codes := make([]string, recoveryCodes)
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		f, err := lockTOTP(ctx, tx, by.Person)
		switch {
		case err != nil:
			return err
		case f.secret == nil:
			return ErrNoFactor
		case f.on:
			return ErrFactorOn
		}
		err = s.takeCode(ctx, tx, f, code)
		if errors.Is(err, ErrCode) {
			return ErrFirstCode.WithField("code", "wrong", ErrFirstCode.Message)
		}
		if err != nil {
			return err
		}
		args := pgx.NamedArgs{"person": by.Person}
		if _, err := tx.Exec(ctx, sqlDropRecovery, args); err != nil {
			return err
		}
		for i := range codes {
			codes[i] = newRecoveryCode()
			args["hash"] = recoveryHash(codes[i])
			if _, err := tx.Exec(ctx, sqlAddRecovery, args); err != nil {
				return err
			}
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "identity.second_factor.on", Object: "person", ID: int64(by.Person),
		})
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// EndTOTP switches the actor's second factor off. It fails with [ErrProofNeeded].
func (s *Service) EndTOTP(ctx context.Context, id Identity) error {
	if err := s.Proved(id); err != nil {
		return err
	}
	return s.endTOTP(ctx, id.Actor, id.Actor.Person)
}

func (s *Service) endTOTP(
	ctx context.Context, by business.Actor, who business.PersonID,
) error {
	return s.DB.InTx(ctx, func(tx db.Tx) error {
		args := pgx.NamedArgs{"person": who}
		if _, err := tx.Exec(ctx, sqlDropRecovery, args); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, sqlEndTOTP, args)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return s.Audit.Record(ctx, tx, by, business.Change{
			Action: "identity.second_factor.off", Object: "person", ID: int64(who),
		})
	})
}

// ResetTOTP switches off the second factor of somebody who lost their phone; an
// administrator's work. It fails with [ErrProofNeeded] or [ErrNoPerson].
func (s *Service) ResetTOTP(ctx context.Context, id Identity, who business.PersonID) error {
	if err := s.Proved(id); err != nil {
		return err
	}
	if !id.Scope.Has(int64(who)) {
		return ErrNoPerson
	}
	p, err := person(ctx, s.DB, who)
	if err != nil {
		return err
	}
	if err := mayTouch(id.Actor, p.Role, p.Role); err != nil {
		return err
	}
	return s.endTOTP(ctx, id.Actor, who)
}

// HasTOTP reports whether the person's sign-in asks for a second factor.
func (s *Service) HasTOTP(ctx context.Context, who business.PersonID) (bool, error) {
	var on bool
	err := s.DB.QueryRow(ctx, sqlHasTOTP, pgx.NamedArgs{"person": who}).Scan(&on)
	return on, err
}

// secondFactor checks the code of a sign-in whose password was right. Nothing is
// asked of people without a second factor. It fails with [ErrCodeNeeded], [ErrCode]
// or [ErrFactorSealed].
func (s *Service) secondFactor(
	ctx context.Context, tx db.Tx, who business.PersonID, code string,
) error {
	f, err := lockTOTP(ctx, tx, who)
	switch {
	case err != nil:
		return err
	case !f.on:
		return nil
	case code == "":
		return ErrCodeNeeded
	case len(code) > 6:
		return s.takeRecovery(ctx, tx, who, code)
	}
	return s.takeCode(ctx, tx, f, code)
}

// factor is a person's second factor as it is kept.
type factor struct {
	person business.PersonID
	secret []byte // nil: there is none
	sealed bool
	on     bool
	last   int64 // step of the last code that was taken
}

func lockTOTP(ctx context.Context, tx db.Tx, who business.PersonID) (factor, error) {
	f := factor{person: who}
	err := tx.QueryRow(ctx, sqlLockTOTP, pgx.NamedArgs{"person": who}).
		Scan(&f.secret, &f.sealed, &f.on, &f.last)
	if errors.Is(err, pgx.ErrNoRows) {
		return f, nil
	}
	return f, err
}

// factorOf is the use that a person's secret is sealed for.
func factorOf(p business.PersonID) string { return fmt.Sprintf("identity.totp:%d", p) }

// takeCode accepts a code once: the step it belongs to must be later than the
// last one that was used.
func (s *Service) takeCode(ctx context.Context, tx db.Tx, f factor, code string) error {
	secret := f.secret
	if f.sealed {
		var err error
		if secret, err = s.Vault.Open(f.secret, factorOf(f.person)); err != nil {
			return ErrFactorSealed.Because(err)
		}
	}
	now := s.Clock.Now()
	step := matchingStep(secret, code, now)
	if step <= f.last {
		return ErrCode
	}
	_, err := tx.Exec(ctx, sqlConfirmTOTP,
		pgx.NamedArgs{"person": f.person, "now": now, "step": step})
	return err
}

// SealSecrets seals the secrets of second factors that an earlier version has kept as
// they are, and returns how many there were. Several processes may do so at once.
func (s *Service) SealSecrets(ctx context.Context) (int, error) {
	n := 0
	err := s.DB.InTx(ctx, func(tx db.Tx) error {
		rows, err := tx.Query(ctx, sqlUnsealed)
		if err != nil {
			return err
		}
		plain, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (f factor, err error) {
			err = r.Scan(&f.person, &f.secret)
			return f, err
		})
		if err != nil {
			return err
		}
		for _, f := range plain {
			sealed, err := s.Vault.Seal(f.secret, factorOf(f.person))
			if err != nil {
				return err
			}
			args := pgx.NamedArgs{"person": f.person, "secret": sealed}
			if _, err := tx.Exec(ctx, sqlSealTOTP, args); err != nil {
				return err
			}
		}
		n = len(plain)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("seal the secrets of second factors: %w", err)
	}
	return n, nil
}

func (s *Service) takeRecovery(
	ctx context.Context, tx db.Tx, who business.PersonID, code string,
) error {
	tag, err := tx.Exec(ctx, sqlUseRecovery, pgx.NamedArgs{
		"person": who, "hash": recoveryHash(code), "now": s.Clock.Now(),
	})
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return ErrCode
	}
	return nil
}

// matchingStep returns the time step whose code this is, 0 for none.
func matchingStep(secret []byte, code string, now time.Time) int64 {
	at := now.Unix() / int64(totpStep/time.Second)
	found := int64(0)
	for step := at - totpSkew; step <= at+totpSkew; step++ {
		if subtle.ConstantTimeCompare([]byte(totp(secret, step)), []byte(code)) == 1 {
			found = step
		}
	}
	return found
}

// totp is the code of a step: RFC 6238 over RFC 4226 with SHA-1 and six digits.
func totp(secret []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	h := hmac.New(sha1.New, secret)
	h.Write(counter[:])
	sum := h.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	number := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fff_ffff
	return fmt.Sprintf("%06d", number%totpDigits)
}

// newRecoveryCode is 80 random bits as sixteen letters and digits in fours.
func newRecoveryCode() string {
	var raw [10]byte
	_, _ = rand.Read(raw[:]) // never fails since Go 1.24
	c := strings.ToLower(base32.StdEncoding.EncodeToString(raw[:]))
	return c[:4] + "-" + c[4:8] + "-" + c[8:12] + "-" + c[12:]
}

func recoveryHash(code string) []byte {
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code))
	h := sha256.Sum256([]byte(plain))
	return h[:]
}

package messaging

import "beatplan/internal/fail"

// Everything that messaging refuses.
var (
	ErrNoChannel = fail.New(fail.NotFound, "messaging.no_channel",
		"There is no such channel.")
	ErrNoAuthorisation = fail.New(fail.NotFound, "messaging.no_authorisation",
		"There is no such authorisation.")
	ErrNoCustomer = fail.New(fail.NotFound, "messaging.no_customer",
		"There is no such customer.")
	ErrInvalid = fail.New(fail.Invalid, "messaging.invalid",
		"What was entered has faults.")
	ErrNameTaken = fail.New(fail.Conflict, "messaging.name_taken",
		"There is a channel of this name already.")
	ErrChanged = fail.New(fail.Precondition, "messaging.changed",
		"Somebody else changed this since you opened it.")
	ErrNotAuthorised = fail.New(fail.Denied, "messaging.not_authorised",
		"You have no valid authorisation to send through this channel.")
	ErrChannelOff = fail.New(fail.Conflict, "messaging.channel_off",
		"This channel is switched off.")
	ErrUnreachable = fail.New(fail.Invalid, "messaging.unreachable",
		"None of these customers has an address for this channel.")
	ErrProofNeeded = fail.New(fail.Denied, "messaging.proof_needed",
		"Give your password once more: who may reach customers is a sensitive matter.")
)

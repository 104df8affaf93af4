package identity

import "beatplan/internal/fail"

// Every refusal of this package.
var (
	ErrCredentials = fail.New(fail.Unauthenticated, "identity.wrong_credentials",
		"The login or the password is wrong.")
	ErrSession = fail.New(fail.Unauthenticated, "identity.session_over",
		"Your session is over. Please sign in again.")
	ErrRevoked = fail.New(fail.Unauthenticated, "identity.device_revoked",
		"This device was signed out by its owner or the company. It keeps nothing.")
	ErrLocked = fail.New(fail.TooMany, "identity.locked",
		"Too many failed sign-ins. Please wait before you try again.")
	ErrBusy = fail.New(fail.TooMany, "identity.busy",
		"Too many people sign in at the same moment. Please try again.")
	ErrDemoOff = fail.New(fail.Denied, "identity.demo_off",
		"Sign-in without a password exists only in a demo on this computer.")
	ErrNoPerson = fail.New(fail.NotFound, "identity.no_person",
		"There is no such person.")
	ErrNoTeam = fail.New(fail.NotFound, "identity.no_team",
		"There is no such team.")
	ErrNoRole = fail.New(fail.NotFound, "identity.no_role",
		"There is no such role.")
	ErrUnknownRole = fail.New(fail.Invalid, "identity.unknown_role",
		"Nobody can have this role: there is none of this code.")
	ErrRole = fail.New(fail.Invalid, "identity.role_invalid",
		"Some fields of the role are not valid.")
	ErrRoleTaken = fail.New(fail.Conflict, "identity.role_taken",
		"There is another role with this code.")
	ErrRoleFixed = fail.New(fail.Conflict, "identity.role_fixed",
		"The administrator's role cannot be changed.")
	ErrCodeNeeded = fail.New(fail.Unauthenticated, "identity.code_needed",
		"Please give the code of your authenticator too.")
	ErrCode = fail.New(fail.Unauthenticated, "identity.wrong_code",
		"The code is wrong, or was used already.")
	ErrImport = fail.New(fail.Invalid, "identity.import_invalid",
		"Some rows of the file are not valid; nothing was imported.")
	ErrFirstCode = fail.New(fail.Invalid, "identity.first_code",
		"The code does not belong to the secret that was scanned.")
	ErrNoModule = fail.New(fail.NotFound, "identity.no_module",
		"There is no module of this name that can be switched.")
	ErrFactorOn = fail.New(fail.Conflict, "identity.second_factor_on",
		"Your second factor is switched on already.")
	ErrNoFactor = fail.New(fail.Conflict, "identity.no_second_factor",
		"Begin with a new secret before you confirm it.")
	ErrProofNeeded = fail.New(fail.Denied, "identity.proof_needed",
		"This needs your password once more.")
	ErrToken = fail.New(fail.Invalid, "identity.token_invalid",
		"Some fields of the token are not valid.")
	ErrNoToken = fail.New(fail.NotFound, "identity.no_token",
		"There is no such token.")
	ErrNoSession = fail.New(fail.NotFound, "identity.no_session",
		"There is no such session.")
	ErrNoDevice = fail.New(fail.NotFound, "identity.no_device",
		"There is no such device.")
	ErrLoginTaken = fail.New(fail.Conflict, "identity.login_taken",
		"Somebody else has this login.")
	ErrTeamTaken = fail.New(fail.Conflict, "identity.team_taken",
		"There is another team of this name at the same place.")
	ErrChanged = fail.New(fail.Precondition, "identity.changed",
		"Somebody changed this in the meantime. Please look at it again.")
	ErrLastAdmin = fail.New(fail.Conflict, "identity.last_admin",
		"The company must keep an active administrator.")
	ErrAboveSelf = fail.New(fail.Denied, "identity.above_self",
		"Only an administrator may make, change or unmake an administrator.")
	ErrTeamCycle = fail.New(fail.Conflict, "identity.team_cycle",
		"A team cannot stand below itself.")
	ErrPerson = fail.New(fail.Invalid, "identity.person_invalid",
		"Some fields of the person are not valid.")
	ErrTeam = fail.New(fail.Invalid, "identity.team_invalid",
		"Some fields of the team are not valid.")
	ErrCompany = fail.New(fail.Invalid, "identity.company_invalid",
		"Some fields of the company are not valid.")
	ErrWeakPassword = fail.New(fail.Invalid, "identity.weak_password",
		"The password needs 10 to 200 characters and must not be easy to guess.")
	ErrNotEmpty = fail.New(fail.Conflict, "identity.not_empty",
		"The company has people already; an administrator adds the next.")
	ErrFactorSealed = fail.New(fail.Conflict, "identity.second_factor_sealed",
		"This server cannot check the code: use a recovery code or ask an administrator.")
	ErrErased = fail.New(fail.Conflict, "identity.erased",
		"This person was erased.")
	ErrStillActive = fail.New(fail.Conflict, "identity.still_active",
		"Only somebody who is not active any more can be erased.")
	ErrHoldsCustomers = fail.New(fail.Conflict, "identity.holds_customers",
		"This person still looks after customers: transfer them first.")
	ErrNoPhoto = fail.New(fail.NotFound, "identity.no_photo",
		"This person has no photo.")
	ErrWrongPassword = fail.New(fail.Denied, "identity.wrong_password",
		"The present password is wrong.")
)

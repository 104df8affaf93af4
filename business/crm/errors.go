package crm

import "beatplan/internal/fail"

// Everything that crm refuses.
var (
	// ErrNoCustomer: there is no such customer, or not for this person.
	ErrNoCustomer = fail.New(fail.NotFound, "crm.no_such_customer",
		"There is no such customer.")
	// ErrInvalid: fields out of bounds; Fields names them.
	ErrInvalid = fail.New(fail.Invalid, "crm.invalid",
		"Some fields of the customer are not valid.")
	// ErrDuplicate: the same name at the same place; Args say whether it has an owner.
	ErrDuplicate = fail.New(fail.Conflict, "crm.duplicate",
		"A customer of this name exists at this place already.")
	// ErrAddressNeeded: the same name exists elsewhere, so an address must tell them apart.
	ErrAddressNeeded = fail.New(fail.Invalid, "crm.address_needed",
		"A customer of this name exists elsewhere: an address must tell them apart.")
	// ErrNumberTaken: another customer has this number.
	ErrNumberTaken = fail.New(fail.Conflict, "crm.number_taken",
		"Another customer has this number.")
	// ErrNumberReserved: numbers of the form C000123 are given by the system.
	ErrNumberReserved = fail.New(fail.Invalid, "crm.number_reserved",
		"Numbers of the form C000123 are given by the system.")
	// ErrChanged: If-Match does not name the present version; Args hold it.
	ErrChanged = fail.New(fail.Precondition, "crm.customer_changed",
		"Somebody else changed this customer since you opened it.")
	// ErrArchived: the customer is archived; restore it first.
	ErrArchived = fail.New(fail.Conflict, "crm.archived",
		"This customer is archived. Restore it first.")
	// ErrNotArchived: there is nothing to restore.
	ErrNotArchived = fail.New(fail.Conflict, "crm.not_archived",
		"This customer is not archived.")
	// ErrMerged: the customer turned out to be another; Args name that one.
	ErrMerged = fail.New(fail.Conflict, "crm.merged",
		"This customer was merged into another one.")
	// ErrMergeOpen: something is under way that belongs to one of the two; Args say what.
	ErrMergeOpen = fail.New(fail.Conflict, "crm.merge_open",
		"Something is still open at this customer: settle it before merging.")
	// ErrNoPhoto: the customer has no such photo.
	ErrNoPhoto = fail.New(fail.NotFound, "crm.no_such_photo", "There is no such photo.")
	// ErrNoOwner: the person does not exist, has left, or is out of reach.
	ErrNoOwner = fail.New(fail.Invalid, "crm.no_such_owner",
		"There is no such salesperson.")
	// ErrMayNotAssign: a salesperson cannot hand customers over alone.
	ErrMayNotAssign = fail.New(fail.Denied, "crm.may_not_assign",
		"Only a manager or dispatcher gives a customer to somebody else.")
	// ErrOnlyShared: the customer is somebody else's, who lets the caller follow it.
	ErrOnlyShared = fail.New(fail.Denied, "crm.only_shared",
		"This customer is shared with you: its owner changes it and decides about it.")
	// ErrFormNeeded: the company's archive changes by approved requests only.
	ErrFormNeeded = fail.New(fail.Denied, "crm.form_needed",
		"Customers are changed by approved requests here: request the change instead.")
	// ErrNoChange: the request asks for what the customer has already.
	ErrNoChange = fail.New(fail.Invalid, "crm.no_change",
		"Nothing differs from what is kept of the customer.")
	// ErrNoReport: there is no such report.
	ErrNoReport = fail.New(fail.NotFound, "crm.no_such_report", "There is no such report.")
	// ErrNoProblem: there is no such problem report, or not for this person.
	ErrNoProblem = fail.New(fail.NotFound, "crm.no_such_problem", "There is no such problem report.")
	// ErrProblemState: submitted, processing, done follow each other in this order.
	ErrProblemState = fail.New(fail.Conflict, "crm.problem_state",
		"A problem report is submitted, then processed, then done.")
	// ErrNotLocated: the customer has no position yet.
	ErrNotLocated = fail.New(fail.Conflict, "crm.not_located",
		"This customer has no position on the map yet.")
	// ErrBadFilter: the filter cannot be read; Fields names the parameter.
	ErrBadFilter = fail.New(fail.Malformed, "crm.bad_filter",
		"The filter cannot be read.")
	// ErrNotInPool: somebody owns it, or there is no such customer.
	ErrNotInPool = fail.New(fail.Conflict, "crm.not_in_pool",
		"This customer is not in the pool; perhaps somebody was faster.")
	// ErrPoolLimit: the person holds as many customers as they may.
	ErrPoolLimit = fail.New(fail.Conflict, "crm.pool_limit",
		"This person looks after as many customers as they may.")
	// ErrCoolDown: the former owner must wait; Args hold until when.
	ErrCoolDown = fail.New(fail.Conflict, "crm.cool_down",
		"Who gave a customer up may not claim it back yet.")
	// ErrMayNotClaim: only salespeople look after customers.
	ErrMayNotClaim = fail.New(fail.Denied, "crm.may_not_claim",
		"Only a salesperson claims customers.")
	// ErrNoPoolPolicy: a setting is out of bounds.
	ErrNoPoolPolicy = fail.New(fail.Invalid, "crm.pool_policy_invalid",
		"This setting of the pool is out of bounds.")
	// ErrNoImport: there is no such import, or not for this person.
	ErrNoImport = fail.New(fail.NotFound, "crm.no_such_import", "There is no such import.")
	// ErrNoRows: the file holds a heading at most.
	ErrNoRows = fail.New(fail.Invalid, "crm.no_rows", "The file holds no rows below the heading.")
	// ErrImportGone: the file was imported, or forgotten after a week.
	ErrImportGone = fail.New(fail.Conflict, "crm.import_gone",
		"The file is no longer kept. Upload it again.")
	// ErrImportBusy: the import is running.
	ErrImportBusy = fail.New(fail.Conflict, "crm.import_busy", "This import is running already.")
	// ErrImportDone: the import was done.
	ErrImportDone = fail.New(fail.Conflict, "crm.import_done", "This file was imported already.")
	// ErrNoProposal: no check-in has proposed a position for this customer.
	ErrNoProposal = fail.New(fail.NotFound, "crm.no_proposal",
		"No visit has proposed a position for this customer.")
	// ErrNoArea says that no such ground is known, or not to the caller. Args: area.
	ErrNoArea = fail.New(fail.NotFound, "crm.no_area", "There is no such area.")
	// ErrNoLead: there is no such lead, or not for this person.
	ErrNoLead = fail.New(fail.NotFound, "crm.no_such_lead", "There is no such lead.")
	// ErrLeadClosed: the lead became a customer or was dropped; Args say which.
	ErrLeadClosed = fail.New(fail.Conflict, "crm.lead_closed",
		"This lead is closed: it became a customer or was dropped.")
	// ErrNoView: there is no such view, or it is somebody else's.
	ErrNoView = fail.New(fail.NotFound, "crm.no_such_view", "You have no such view.")
	// ErrViewName: the person has a view of this name.
	ErrViewName = fail.New(fail.Conflict, "crm.view_name", "You have a view of this name already.")
	// ErrTooManyViews: the person has as many views as one may keep; Args hold the limit.
	ErrTooManyViews = fail.New(fail.Conflict, "crm.too_many_views",
		"You keep as many views as one may. Take one away first.")
)

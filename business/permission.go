package business

// Permission is one thing that a role may or may not do. Every operation of the
// HTTP surface names exactly one; roles are sets of them.
type Permission string

// The permissions, by what they open. Reading is always within the data scope.
const (
	PeopleRead  Permission = "people.read"
	PeopleWrite Permission = "people.write" // people, accounts, roles, devices
	TeamsWrite  Permission = "teams.write"
	RolesWrite  Permission = "roles.write" // what roles may and see

	CustomersRead   Permission = "customers.read"
	CustomersWrite  Permission = "customers.write"
	CustomersDelete Permission = "customers.delete"
	CustomersExport Permission = "customers.export"
	CustomersImport Permission = "customers.import"

	MessagesSend Permission = "messages.send" // to customers, through an authorised channel

	WarningsRead Permission = "warnings.read" // what is due

	DaysRead    Permission = "days.read"
	DaysWrite   Permission = "days.write" // draft, evaluate, optimise
	DaysPublish Permission = "days.publish"

	VisitsRead  Permission = "visits.read"
	VisitsWrite Permission = "visits.write" // check in and out

	PositionsRead    Permission = "positions.read" // live positions of others
	PositionsWrite   Permission = "positions.write"
	TracksRead       Permission = "tracks.read"
	AssignmentsWrite Permission = "assignments.write" // send a person somewhere

	RoutesRead       Permission = "routes.read" // routes, matrices, isochrones
	MapRead          Permission = "map.read"    // basemap and styles
	TerritoriesRead  Permission = "territories.read"
	TerritoriesWrite Permission = "territories.write"

	ApprovalsRead  Permission = "approvals.read"  // requests of one's own and within the scope
	ApprovalsWrite Permission = "approvals.write" // ask; decide what one is asked

	ProductsRead  Permission = "products.read"
	ProductsWrite Permission = "products.write" // products, categories, prices
	OrdersRead    Permission = "orders.read"
	OrdersWrite   Permission = "orders.write"  // take orders
	OrdersReview  Permission = "orders.review" // decide on submitted orders, give prices
	GoodsRead     Permission = "goods.read"
	GoodsWrite    Permission = "goods.write" // pick and ship
	MoneyRead     Permission = "money.read"  // receivables, receipts, statements
	MoneyCollect  Permission = "money.collect"
	MoneyWrite    Permission = "money.write" // reverse, terms, limits, periods, overrides

	AuditRead     Permission = "audit.read"
	SettingsRead  Permission = "settings.read"
	SettingsWrite Permission = "settings.write"
)

// Permissions lists every permission, in the order in which a role's form shows them.
func Permissions() []Permission {
	return []Permission{
		PeopleRead, PeopleWrite, TeamsWrite, RolesWrite,
		CustomersRead, CustomersWrite, CustomersDelete, CustomersExport, CustomersImport,
		MessagesSend,
		WarningsRead, DaysRead, DaysWrite, DaysPublish, VisitsRead, VisitsWrite,
		PositionsRead, PositionsWrite, TracksRead, AssignmentsWrite,
		RoutesRead, MapRead, TerritoriesRead, TerritoriesWrite,
		ApprovalsRead, ApprovalsWrite,
		ProductsRead, ProductsWrite, OrdersRead, OrdersWrite, OrdersReview,
		GoodsRead, GoodsWrite, MoneyRead, MoneyCollect, MoneyWrite,
		AuditRead, SettingsRead, SettingsWrite,
	}
}

package business

import "strings"

// Module is a part of the product that a company may switch off: its menus
// disappear and its operations refuse, its data stays.
type Module string

// The modules that can be switched off. People, teams, roles, settings, the trail
// and the map are the house itself.
const (
	CustomersModule   Module = "customers"
	MessagesModule    Module = "messages" // to customers
	WarningsModule    Module = "warnings"
	DaysModule        Module = "days"
	VisitsModule      Module = "visits"
	LiveModule        Module = "live" // positions, tracks, assignments
	TerritoriesModule Module = "territories"
	ProductsModule    Module = "products"
	OrdersModule      Module = "orders"
	GoodsModule       Module = "goods" // what is picked and shipped
	MoneyModule       Module = "money"
)

// Modules lists them in the order of the menu.
func Modules() []Module {
	return []Module{CustomersModule, MessagesModule, DaysModule, VisitsModule, LiveModule, WarningsModule,
		TerritoriesModule, ProductsModule, OrdersModule, GoodsModule, MoneyModule}
}

// Module is the module that a permission opens; "" for the house itself.
func (p Permission) Module() Module {
	subject, _, _ := strings.Cut(string(p), ".")
	switch subject {
	case "customers", "messages", "warnings", "days", "visits", "territories", "products", "orders",
		"goods", "money":
		return Module(subject)
	case "positions", "tracks", "assignments":
		return LiveModule
	}
	return ""
}

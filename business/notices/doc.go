// Package notices is the small inbox that everybody has: the day's digest, and what
// other modules have to tell one person. A message is told once under its key,
// however often its reason is looked at; it is unread until it is opened, and the
// first time stands. An inbox keeps the newest [Keep] messages, so that it never
// grows; a message is a hint, what it is about stands in its own module.
//
// Messages hold no sentences: a kind and its parameters, from which the reader's
// screen makes one in the reader's language.
package notices

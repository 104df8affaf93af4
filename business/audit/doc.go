// Package audit keeps the trail of every command: who, when, from where, what
// was before and after.
//
// [Log.Record] writes an entry in the command's own transaction, so there is an
// entry if and only if there is an effect. Linking it into the chain there would
// make every command of the company wait for every other one; so [Log.Seal] does
// it a moment later, alone, in the order in which entries became visible.
//
// Promises:
//
//   - Entries and links are only ever inserted.
//
//   - [Log.Verify] names the first entry that was edited, deleted, inserted or
//     cut off since it was sealed. Cutting off the end is found by heads that were
//     kept outside the database ([Anchors]).
//
//   - What the trail holds of a person is sealed under that person's key
//     ([Log.Forget] destroys it), and the chain verifies with or without the key.
//
// Reads that matter are entries too: "read.list-audit", "read.get-track".
//
// An entry can be altered unnoticed only between its commit and the next seal; the
// sealer runs every few seconds.
package audit

package crm

import "beatplan/business"

// maxJournal is how many changes the index remembers by name.
const maxJournal = 4096

// journal is which customers changed last, in the order of their changes.
type journal struct {
	from uint64 // until this change anything may have changed
	last []entry
}

type entry struct {
	change   uint64
	customer business.CustomerID
}

// note adds a customer; of a full journal the older half is forgotten.
func (j *journal) note(change uint64, id business.CustomerID) {
	if len(j.last) == maxJournal {
		half := maxJournal / 2
		j.from = j.last[half-1].change
		j.last = append(j.last[:0], j.last[half:]...)
	}
	j.last = append(j.last, entry{change, id})
}

// Since returns the customers that changed, came or went after a version, some of
// them more than once; known is false when there were too many to remember. Ask for
// [Index.Version] before it: what changes between the two is told again.
func (x *Index) Since(version uint64) (ids []business.CustomerID, known bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if version < x.journal.from {
		return nil, false
	}
	for i := len(x.journal.last) - 1; i >= 0 && x.journal.last[i].change > version; i-- {
		ids = append(ids, x.journal.last[i].customer)
	}
	return ids, true
}

// Pin returns a customer; nil: there is none.
func (x *Index) Pin(id business.CustomerID) *MapPin {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.pins[id]
}

// Put takes over one customer, which the index keeps, as a notice of it does.
func (x *Index) Put(p *MapPin) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.put(p)
	x.tree.Publish()
}

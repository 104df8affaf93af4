import type { Day, DayEdit, DayTotals, Stop } from '../api/types'

/**
 * The order of a person's day while it is being worked on: pure functions, so
 * that dragging, keys and undo are the same moves.
 */

/** One stop of the draft. */
export interface DraftStop {
  /** The customer's id; of a bare point the negative id of the stop. */
  id: number
  locked: boolean
  optional?: boolean
}

/** The id by which a draft knows a stop. */
export function stopKey(stop: Pick<Stop, 'customer_id' | 'stop_id'>): number {
  return stop.customer_id ?? -stop.stop_id
}

/** The draft and how to get back. */
export interface Draft {
  stops: DraftStop[]
  past: DraftStop[][]
  future: DraftStop[][]
}

/** How many steps can be taken back. */
const memory = 50

/** A draft that stands as the server has it. */
export function draftOf(day: Pick<Day, 'stops'>): Draft {
  return { stops: stopsOf(day), past: [], future: [] }
}

/** The order of a day, without what was computed. */
export function stopsOf(day: Pick<Day, 'stops'>): DraftStop[] {
  return day.stops.map((s) => ({ id: stopKey(s), locked: s.locked, optional: s.optional }))
}

/** Takes a new order; the old one can be brought back. */
export function change(draft: Draft, stops: DraftStop[]): Draft {
  if (sameOrder(draft.stops, stops)) return draft
  return { stops, past: [...draft.past, draft.stops].slice(-memory), future: [] }
}

/** Steps back; the draft itself when there is nothing to step back to. */
export function undo(draft: Draft): Draft {
  const before = draft.past[draft.past.length - 1]
  if (!before) return draft
  return {
    stops: before,
    past: draft.past.slice(0, -1),
    future: [draft.stops, ...draft.future],
  }
}

/** Steps forward again after undo. */
export function redo(draft: Draft): Draft {
  const after = draft.future[0]
  if (!after) return draft
  return { stops: after, past: [...draft.past, draft.stops], future: draft.future.slice(1) }
}

/**
 * Moves the stop at `from` so that it stands at `to`. Keeps exactly the same set
 * of stops; a locked stop keeps its position, the others flow round it, and a
 * locked stop itself does not move.
 */
export function move(stops: DraftStop[], from: number, to: number): DraftStop[] {
  const moved = stops[from]
  const target = Math.max(0, Math.min(stops.length - 1, to))
  if (!moved || moved.locked || from === target || stops[target]?.locked) return stops
  const free = stops.filter((s) => !s.locked)
  const slots = stops.flatMap((s, i) => (s.locked ? [] : [i]))
  const order = [...free]
  order.splice(slots.indexOf(from), 1)
  order.splice(slots.indexOf(target), 0, moved)
  const next = [...stops]
  slots.forEach((slot, i) => {
    const stop = order[i]
    if (stop) next[slot] = stop
  })
  return next
}

/** The nearest position that a stop can step to, over locked ones; itself when there is none. */
export function stepTarget(stops: DraftStop[], from: number, step: 1 | -1): number {
  for (let i = from + step; i >= 0 && i < stops.length; i += step) {
    if (!stops[i]?.locked) return i
  }
  return from
}

/** Adds customers at the end, or at a position; those already planned stay where they are. */
export function add(stops: DraftStop[], customers: number[], at = stops.length): DraftStop[] {
  const have = new Set(stops.map((s) => s.id))
  const fresh = [...new Set(customers)]
    .filter((id) => !have.has(id))
    .map((id) => ({ id, locked: false }))
  return [...stops.slice(0, at), ...fresh, ...stops.slice(at)]
}

/** Takes a customer out. */
export function drop(stops: DraftStop[], customer: number): DraftStop[] {
  return stops.filter((s) => s.id !== customer)
}

/** Locks a stop to its position, or frees it. */
export function toggleLock(stops: DraftStop[], customer: number): DraftStop[] {
  return stops.map((s) => (s.id === customer ? { ...s, locked: !s.locked } : s))
}

/** Whether two orders are the same, locks included. */
export function sameOrder(a: DraftStop[], b: DraftStop[]): boolean {
  return (
    a.length === b.length &&
    a.every((s, i) => s.id === b[i]?.id && s.locked === b[i]?.locked)
  )
}

/** Whether two orders visit the same customers. */
export function sameSet(a: DraftStop[], b: DraftStop[]): boolean {
  if (a.length !== b.length) return false
  const have = new Set(a.map((s) => s.id))
  return b.every((s) => have.has(s.id))
}

/** Today's order against the best one; negative figures mean that the best is longer. */
export interface Comparison {
  distance_m: number
  duration_s: number
  /** Share of today's distance, in percent. */
  percent: number
  /** Nothing to gain: below 50 m and half a minute. */
  even: boolean
}

/** What changing from one order to the other saves. */
export function compare(current: DayTotals, best: DayTotals): Comparison {
  const distance = current.distance_m - best.distance_m
  const seconds = current.drive_s - best.drive_s
  return {
    distance_m: distance,
    duration_s: seconds,
    percent: current.distance_m > 0 ? (distance / current.distance_m) * 100 : 0,
    even: Math.abs(distance) < 50 && Math.abs(seconds) < 30,
  }
}

/** The body that tells the server of an order. */
export function edit(stops: DraftStop[], day: Pick<Day, 'start' | 'end'>): DayEdit {
  return {
    stops: stops.map(({ id, locked, optional }) => ({
      ...(id > 0 ? { customer_id: id } : { stop_id: -id }), locked, optional: optional ?? false,
    })),
    start: place(day.start),
    end: place(day.end),
  }
}

/** Home and office are named; only a custom place carries its point. */
function place(end: Day['start']): Day['start'] {
  return end.kind === 'custom' ? end : { kind: end.kind, point: null }
}

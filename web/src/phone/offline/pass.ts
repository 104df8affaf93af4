import { ApiError } from '../../api/client'
import type { Action } from './outbox'

/**
 * One pass over what waits in the outbox: the actions are sent in order, and one that
 * fails holds back only what hangs on it.
 */

/** What became of one action; without a word it was not tried. */
export type Fate = { sent: true } | { refused: NonNullable<Action['refused']> } | { fault: NonNullable<Action['fault']> }

/** So many faults of the server one after the other: it is unwell as a whole. */
const unwell = 3
/** Between the tries of an action that meets a fault, in milliseconds: doubled each time. */
const firstPause = 15_000
const longestPause = 3_600_000

/** Whether what comes after an action of the same visit waits when it is refused. */
const hangs = (a: Action) => a.kind !== 'order' && a.kind !== 'collect' && a.kind !== 'step'

/** Whether what comes after an action of the same visit waits while it meets a fault: a photo may follow. */
const carries = (a: Action) => hangs(a) && a.kind !== 'photo'

/** Whether the pass ends: no network, no session, or a server that asks to wait. */
const ends = (error: unknown) => !(error instanceof ApiError) || error.status === 0 ||
  error.status === 401 || error.status === 429 || error.status > 500

/** Whether the action may come through another time as it is: our fault, or a body that came too slowly. */
const passing = (error: ApiError) => error.status === 500 || error.status === 408

/** Whether an action that met a fault waits for its next try. A clock that was set back delays it by an hour at most. */
const rests = (a: Action, now: number) => a.fault !== undefined && a.fault.until > now && a.fault.until - now <= longestPause

/**
 * Sends the actions that can be sent, and tells the fate of each. What is refused only
 * because something before it has not come through yet is not refused: it waits.
 */
export async function pass(
  actions: readonly Action[], now: () => number,
  send: (a: Action) => Promise<void>, tell: (a: Action, fate: Fate) => Promise<void>,
): Promise<void> {
  const stuck = new Set<string>() // visits whose next action waits
  const short = new Set<string>() // visits of which something has not come through
  let faults = 0
  let inside = false // the visit before could not be ended, so none can begin
  const hold = (a: Action, next: boolean) => {
    short.add(a.local)
    if (next) stuck.add(a.local)
  }
  for (const a of actions) {
    if (a.refused || stuck.has(a.local)) {
      if (hangs(a)) hold(a, true)
      continue
    }
    if (inside && a.kind === 'in') {
      hold(a, true)
      continue
    }
    if (rests(a, now())) {
      hold(a, carries(a))
      continue
    }
    try {
      await send(a)
      faults = 0
    } catch (error) {
      if (ends(error)) return
      const { code, detail, args, incident, status } = error as ApiError
      if (passing(error as ApiError)) {
        hold(a, carries(a))
        const tries = (a.fault?.tries ?? 0) + 1
        const until = now() + Math.min(firstPause * 2 ** (tries - 1), longestPause)
        await tell(a, { fault: { code, detail, incident, tries, until } })
        if (status === 500 && ++faults === unwell) return
        continue
      }
      const before = code === 'visits.open_visit' && stuck.size > 0
      inside ||= before
      const early = before || short.has(a.local)
      if (hangs(a)) hold(a, true)
      if (!early) await tell(a, { refused: { status, code, detail, args } })
      continue
    }
    await tell(a, { sent: true })
  }
}

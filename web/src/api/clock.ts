/**
 * What this device knows of its own clock: how it stood to the server's when the server
 * last answered, and how much time has passed since an instant by a clock that nobody can
 * set. By this the server puts at its own time what was kept before somebody set the clock.
 */

/** How the clock stood when the server last answered. */
interface Told {
  /** By how much it ran ahead of the server's, in seconds. */
  ahead_s: number
  /** When that was, by the server's clock. */
  heard_at: string
}

const mark = 'beatplan.clock' // stays when the page is closed
let told: Told | undefined

/** Notes the server's time of an answer that came from the server just now. */
export function hear(answer: Response, now = Date.now()): void {
  const server = Date.parse(answer.headers.get('X-Now') ?? '')
  if (!Number.isFinite(server)) return
  told = { ahead_s: Math.round((now - server) / 1000), heard_at: new Date(server).toISOString() }
  try {
    localStorage.setItem(mark, JSON.stringify(told))
  } catch { /* a browser that keeps nothing: known as long as the page lives */ }
}

function lastTold(): Told | undefined {
  if (told) return told
  try {
    told = JSON.parse(localStorage.getItem(mark) ?? 'null') as Told ?? undefined
  } catch { /* nothing is known */ }
  return told
}

/** An instant, as an action is kept with it. */
export interface Instant {
  told?: Told
  /** Which life of the page it was in, and where in it, in milliseconds. */
  life: string
  tick: number
}

// The clock that nobody sets begins anew with every page.
const life = `${performance.timeOrigin}-${Math.random()}`

/** This instant. */
export const instant = (): Instant => ({ told: lastTold(), life, tick: performance.now() })

/** What the server is told about an instant that was kept; nothing where nothing is known. */
export function sinceThen(then: Instant | undefined): (Partial<Told> & { elapsed_s?: number }) | undefined {
  if (!then) return undefined
  const elapsed = then.life === life ? Math.max(0, Math.round((performance.now() - then.tick) / 1000)) : 0
  return then.told || elapsed ? { ...then.told, elapsed_s: elapsed || undefined } : undefined
}

/**
 * A person may sign out where the server cannot be told. The browser remembers it, shows
 * nothing more, and ends the session at the next contact, before anything else is asked.
 */

// The script that asks early (boot.ts) looks at it too, and is too small to import it.
export const leavingMark = 'beatplan.leaving'

/** How long the server may take to end a session before that is left for later, in milliseconds. */
const patience = 4000

/** Whether somebody signed out and the server does not know yet. */
export function leaving(): boolean {
  try {
    return localStorage.getItem(leavingMark) !== null
  } catch {
    return false // a browser that keeps nothing
  }
}

let ending: Promise<boolean> | undefined

/** Ends the session at the server; answers whether it is over. */
export function endSession(): Promise<boolean> {
  try {
    localStorage.setItem(leavingMark, '1')
  } catch { /* then it is tried once */ }
  ending ??= end().finally(() => {
    ending = undefined
  })
  return ending
}

async function end(): Promise<boolean> {
  try {
    const answer = await fetch('/v1/sessions/current', {
      method: 'DELETE', credentials: 'same-origin',
      headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(patience),
    })
    if (!answer.ok && answer.status !== 401) return false
  } catch {
    return false
  }
  try {
    localStorage.removeItem(leavingMark)
  } catch { /* as above */ }
  return true
}

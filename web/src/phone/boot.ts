import type { Early } from '../api/early'

/**
 * Asks for what the first screen shows while the app itself is still on its way: who is
 * signed in, and of whoever sells, today's stops. It is a file of its own, small enough to
 * be there long before the app.
 */

const early: Early = (globalThis.beatplanEarly = new Map())

function ask(path: string): Promise<Response> {
  const answer = fetch(path, {
    headers: { Accept: 'application/json', 'X-Client': 'phone' }, credentials: 'same-origin',
  })
  early.set(path, { asked: performance.now(), answer })
  return answer
}

const today = /^\/m\/?(today)?$/.test(location.pathname)
ask('/v1/me')
  .then((r) => (r.ok ? r.clone().json() : null))
  .then((me: { id: number; role: string; business_day: string } | null) =>
    today && me?.role === 'salesperson' ? ask(`/v1/days/${me.id}/${me.business_day}`) : undefined)
  .catch(() => undefined) // the app asks again

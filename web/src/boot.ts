import type { Early } from './api/early'

/**
 * Asks for what the first screen shows while the app itself is still on its way: who is
 * signed in; on a phone, of whoever sells, today's stops; at a desk, the people and the
 * style of the map. It is a file of its own, small enough to be there long before the app.
 */

const early: Early = (globalThis.beatplanEarly = new Map())
const phone = /^\/m(\/|$)/.test(location.pathname)

function ask(path: string): Promise<Response> {
  const answer = fetch(path, {
    headers: { Accept: 'application/json', 'X-Client': phone ? 'phone' : 'desk' }, credentials: 'same-origin',
  })
  answer.catch(() => undefined) // the app asks again
  early.set(path, { asked: performance.now(), answer })
  return answer
}

const kept = (what: string) => localStorage.getItem(`beatplan.${what}`)

/** The style that the map begins with. Another than the app's own guess costs nothing but a question. */
function style(): string {
  const asked = new URLSearchParams(location.search).get('lang') ?? kept('language') ?? navigator.language
  const dark = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  const theme = /^(light|dark)$/.test(kept('theme') ?? '') ? kept('theme') : dark
  return `/tiles/style/${theme}.json?lang=${asked.toLowerCase().startsWith('zh') ? 'zh' : 'en'}`
}

function askAhead() {
  const me = ask('/v1/me')
  if (phone) {
    const today = /^\/m\/?(today)?$/.test(location.pathname)
    me.then((r) => (r.ok ? r.clone().json() : null))
      .then((who: { id: number; role: string; business_day: string } | null) =>
        today && who?.role === 'salesperson' ? ask(`/v1/days/${who.id}/${who.business_day}`) : undefined)
      .catch(() => undefined)
  } else {
    const others = ['/v1/people?limit=200', style()]
    others.forEach(ask)
    // A refusal is of nobody, and serves nobody who signs in later.
    me.then((r) => r.ok || others.forEach((path) => early.delete(path))).catch(() => undefined)
  }
}

// Who signed out without a network is signed out at the server first: the app does it.
if (kept('leaving') === null) askAhead()

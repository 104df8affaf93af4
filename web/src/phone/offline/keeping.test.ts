import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'

// The service worker as it stands, over a cache and a network that can be broken.
const code = readFileSync(resolve(import.meta.dirname, '../../../public/sw.js'), 'utf8')
const address = 'https://beatplan.test/v1/days/7/2026-11-23'
const hour = 3600_000

class Phone {
  kept = new Map<string, Response>()
  room = true
  network: () => Promise<Response> = () => Promise.reject(new TypeError('no network'))
  private heard = new Map<string, (e: object) => void>()

  constructor() {
    const cache = {
      match: (r: { url: string }) => Promise.resolve(this.kept.get(r.url)?.clone()),
      put: (r: { url: string }, a: Response) =>
        this.room ? Promise.resolve(void this.kept.set(r.url, a)) : Promise.reject(new DOMException('', 'QuotaExceededError')),
      delete: (r: { url: string }) => Promise.resolve(this.kept.delete(r.url)),
    }
    const caches = { open: () => Promise.resolve(cache), delete: () => Promise.resolve(this.kept.clear()) }
    const self = { addEventListener: (name: string, on: (e: object) => void) => this.heard.set(name, on) }
    const location = { origin: 'https://beatplan.test' }
    runInNewContext(code, { self, caches, location, fetch: () => this.network(), Response, Headers, URL })
  }

  /** What a page reads at the address: the text, and whether it was kept. */
  async reads(): Promise<string> {
    let answer: Promise<Response> | undefined
    const request = { method: 'GET', url: address, mode: 'cors' }
    this.heard.get('fetch')?.({ request, respondWith: (a: Promise<Response>) => (answer = a), waitUntil: () => undefined })
    const got = await answer
    return `${await got?.text()}${got?.headers.has('X-Kept') ? ' (kept)' : ''}`
  }

  says(text: string, type = 'application/json', agedBy = 0, status = 200) {
    const headers = { 'Content-Type': type, Date: new Date(Date.now() - agedBy).toUTCString() }
    this.network = () => Promise.resolve(new Response(text, { status, headers }))
  }
  away() {
    this.network = () => Promise.reject(new TypeError('no network'))
  }
}

test('what the server said last is shown without a network, for three days by a clock that may be set', async () => {
  for (const [agedBy, shown, stays] of [[71, true, true], [73, false, false], [-71, true, true], [-73, false, true]] as const) {
    const phone = new Phone()
    phone.says('a day', undefined, agedBy * hour)
    expect(await phone.reads()).toBe('a day')
    phone.away()
    if (shown) expect(await phone.reads()).toBe('a day (kept)')
    else await expect(phone.reads()).rejects.toThrow('no network')
    expect(phone.kept.size, `${agedBy} h`).toBe(stays ? 1 : 0)
  }
})

test('a phone without room shows what the server says, and nothing that is older than it', async () => {
  const phone = new Phone()
  phone.says('yesterday’s')
  await phone.reads()
  phone.room = false
  phone.says('today’s')
  expect(await phone.reads()).toBe('today’s')
  phone.away()
  await expect(phone.reads()).rejects.toThrow('no network')
})

test('the page of a network that wants a sign-in of its own is not taken for the day', async () => {
  const phone = new Phone()
  phone.says('a day')
  await phone.reads()
  phone.says('<html>Welcome to our café', 'text/html; charset=utf-8')
  expect(await phone.reads()).toBe('a day (kept)')
})

test('who is told that the session is over keeps nothing', async () => {
  const phone = new Phone()
  phone.says('a day')
  await phone.reads()
  phone.says('{}', 'application/problem+json', 0, 401)
  await phone.reads()
  expect(phone.kept.size).toBe(0)
})

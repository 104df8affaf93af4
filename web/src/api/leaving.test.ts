import { afterEach, expect, test, vi } from 'vitest'
import { get, post } from './client'
import { endSession, leaving } from './leaving'

// phone is a browser that keeps things; asked lists what it sent, answered by answers in turn.
function phone(...answers: (() => Promise<Response>)[]) {
  const kept = new Map<string, string>()
  const asked: string[] = []
  vi.stubGlobal('localStorage', {
    getItem: (k: string) => kept.get(k) ?? null,
    setItem: (k: string, v: string) => kept.set(k, v),
    removeItem: (k: string) => kept.delete(k),
  })
  vi.stubGlobal('location', { pathname: '/m' })
  vi.stubGlobal('document', { documentElement: { lang: 'en' } })
  vi.stubGlobal('dispatchEvent', () => true)
  vi.stubGlobal('fetch', (path: string, o: { method: string }) => {
    asked.push(`${o.method} ${path}`)
    return answers.shift()?.()
  })
  return asked
}

const noNetwork = () => Promise.reject(new TypeError('no network'))
const answer = (status: number) => () => Promise.resolve(new Response(status === 204 ? null : '{}', { status }))

afterEach(() => vi.unstubAllGlobals())

test('a sign-out without a network ends the session before anything else is asked', async () => {
  const asked = phone(noNetwork, noNetwork, answer(503), answer(204), answer(200), answer(201))
  expect(await endSession()).toBe(false)
  expect(leaving()).toBe(true)
  for (let i = 0; i < 2; i++) await expect(get('/v1/me')).rejects.toMatchObject({ status: 0 })
  await Promise.all([get('/v1/demo-logins'), post('/v1/sessions/demo', { login: 'li' })])
  expect(asked).toEqual([
    ...Array<string>(4).fill('DELETE /v1/sessions/current'), 'GET /v1/demo-logins', 'POST /v1/sessions/demo',
  ])
  expect(leaving()).toBe(false)
})

test('a session that is over already is one that ended', async () => {
  phone(answer(401))
  expect(await endSession()).toBe(true)
  expect(leaving()).toBe(false)
})

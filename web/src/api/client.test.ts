import { afterEach, expect, test, vi } from 'vitest'
import { QueryClient } from '@tanstack/react-query'
import { signIn } from '../session/session'
import { get, keptAnswers, post } from './client'

const answer = (status: number, body: object) => () => Promise.resolve(new Response(JSON.stringify(body), { status }))
const lostAnswer = () => Promise.reject(new TypeError('no network'))

// asked answers with one after the other, and tells the keys of the commands that came.
function asked(...answers: (() => Promise<Response>)[]) {
  const keys: (string | undefined)[] = []
  vi.stubGlobal('location', { pathname: '/m' })
  vi.stubGlobal('document', { documentElement: { lang: 'en' } })
  vi.stubGlobal('dispatchEvent', () => true)
  vi.stubGlobal('fetch', (_: string, o: { headers: Record<string, string> }) => {
    keys.push(o.headers['Idempotency-Key'])
    return answers.shift()?.()
  })
  return keys
}

afterEach(() => vi.unstubAllGlobals())

test('a command whose answer was lost keeps its key until it is answered', async () => {
  const keys = asked(lostAnswer, answer(502, {}), answer(201, {}), answer(201, {}), answer(409, { code: 'a.b' }), answer(201, {}))
  for (let i = 0; i < 6; i++) await post('/v1/teams', { name: 'North' }).catch(() => undefined)
  expect(keys[1]).toBe(keys[0])
  expect(keys[2]).toBe(keys[0])
  expect(new Set(keys).size).toBe(4)
})

test('an answer that breaks off, or that a stranger on the way gave, counts as lost', async () => {
  const torn = () => Promise.resolve(new Response(new ReadableStream({ start: (c) => c.error(new TypeError('reset')) })))
  const stranger = () => Promise.resolve(new Response('<html>Sign in to the café', { status: 200 }))
  const keys = asked(torn, stranger, answer(201, {}))
  for (let i = 0; i < 2; i++) {
    await expect(post('/v1/orders', { lines: 1 })).rejects.toMatchObject({ status: 0 })
  }
  await post('/v1/orders', { lines: 1 })
  expect(new Set(keys).size).toBe(1)
})

test('another command, a file and a session take a key of their own', async () => {
  const keys = asked(...Array.from({ length: 6 }, () => lostAnswer))
  for (const name of ['East', 'West']) await post('/v1/teams', { name }).catch(() => undefined)
  for (let i = 0; i < 2; i++) await post('/v1/files', undefined, { raw: 'x' }).catch(() => undefined)
  for (let i = 0; i < 2; i++) await post('/v1/sessions', { login: 'a' }).catch(() => undefined)
  expect(new Set(keys).size).toBe(6)
})

test('answers kept for one person are deleted when another signs in', async () => {
  const deleted = vi.fn(() => Promise.resolve(true))
  const client = new QueryClient()
  for (const id of [1, 1, 2]) {
    asked(answer(200, {}), answer(200, { id }))
    vi.stubGlobal('caches', { delete: deleted })
    await signIn(client, 'somebody')
  }
  expect(deleted.mock.calls).toEqual([['beatplan-data-1'], ['beatplan-data-1']])
})

test('answers that the phone has kept are told from those of the server', async () => {
  const old = () => Promise.resolve(new Response('{}', { headers: { 'X-Kept': 'yes' } }))
  const before = keptAnswers()
  asked(answer(200, {}), old, answer(200, {}))
  for (let i = 0; i < 3; i++) await get('/v1/days/2026-01-05')
  expect(keptAnswers() - before).toBe(1)
})

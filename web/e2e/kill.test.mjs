// A tracker sends fixes while the server is killed without warning, five times.
// Every fix that was acknowledged must be there, once.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { dataFolder, startServer, until } from './harness.mjs'

let data, server
before(() => {
  data = dataFolder()
})
after(async () => {
  await server?.stop()
  rmSync(data, { recursive: true, force: true })
})

// session signs in through the API and returns a fetch with its cookie.
async function session(server, login) {
  const answer = await fetch(`${server.url}/v1/sessions/demo`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
    body: JSON.stringify({ login }),
  })
  assert.equal(answer.ok, true, `sign in as ${login}: ${answer.status}`)
  const cookie = answer.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ')
  return (path, options = {}) =>
    fetch(`${server.url}${path}`, { ...options, headers: { cookie, ...options.headers } })
}

const json = async (answer) => {
  const text = await answer.text()
  assert.ok(answer.ok, `${answer.status}: ${text}`)
  return JSON.parse(text)
}

test('no acknowledged fix is lost or doubled over five kills', async () => {
  server = await startServer({ data })
  let admin = await session(server, 'admin')
  const { items } = await json(await admin('/v1/people?role=salesperson'))
  const person = items[0]
  const device = await json(
    await admin(`/v1/people/${person.id}/devices`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
      body: JSON.stringify({ name: 'kill test' }),
    }),
  )
  const { now, business_day: day } = await json(await admin('/v1/me'))
  // The fixes lie in this morning's duty, a millisecond apart, where no other is.
  const begin = Date.parse(now) - 20 * 60_000 + 123
  const acknowledged = new Set()
  let n = 0
  for (let round = 0; round < 5; round++) {
    const stopAt = acknowledged.size + 60 + 40 * round
    let killed = null
    while (!killed || acknowledged.size === 0) {
      const batch = Array.from({ length: 8 }, () => begin + 7 * n++)
      const answers = await Promise.allSettled(
        batch.map((at) =>
          fetch(`${server.url}/osmand?id=${device.token}&timestamp=${at}&lat=39.1&lon=-75.5`, {
            method: 'POST',
          }).then((r) => {
            if (r.status === 200) acknowledged.add(at)
            else assert.equal(r.status, 503)
          }),
        ),
      )
      if (acknowledged.size >= stopAt && !killed) killed = server.kill()
      if (killed && answers.every((a) => a.status === 'rejected')) break
    }
    await killed
    server = await startServer({ data })
  }
  admin = await session(server, 'admin')
  // Replays of what was acknowledged add nothing.
  for (const at of [...acknowledged].slice(0, 50)) {
    const r = await fetch(`${server.url}/osmand?id=${device.token}&timestamp=${at}&lat=39.1&lon=-75.5`)
    assert.equal(r.status, 200)
  }
  let times = []
  await until(async () => {
    const track = await json(await admin(`/v1/tracks/${person.id}/${day}`))
    times = track.fixes.map((f) => Date.parse(f.at)).filter((t) => acknowledged.has(t))
    return new Set(times).size === acknowledged.size
  }, () => `track of ${acknowledged.size} fixes, there were ${times.length},`)
  assert.ok(acknowledged.size >= 300, `only ${acknowledged.size} fixes were acknowledged`)
  assert.equal(new Set(times).size, acknowledged.size, 'every acknowledged fix is there')
  assert.equal(times.length, acknowledged.size, 'and none twice')

  // What a tracker is told otherwise, in its own protocol.
  const send = (query) => fetch(`${server.url}/osmand?${query}`).then((r) => r.status)
  assert.equal(await send('id=nobody&lat=39.1&lon=-75.5'), 404, 'an unknown tracker')
  assert.equal(await send(`id=${device.token}&lat=north&lon=-75.5`), 400, 'no latitude')
  assert.equal(await send(`id=${device.token}&lat=39.1&lon=-275.5`), 400, 'off the globe')
  const own = await session(server, person.login)
  await json(
    await own('/v1/duty', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ on: false }),
    }),
  )
  const late = Date.parse((await json(await admin('/v1/me'))).now) + 1000
  assert.equal(await send(`id=${device.token}&timestamp=${late}&lat=39.2&lon=-75.6`), 200, 'off duty')
  await new Promise((r) => setTimeout(r, 1500))
  const track = await json(await admin(`/v1/tracks/${person.id}/${day}`))
  assert.ok(!track.fixes.some((f) => Date.parse(f.at) === late), 'nothing is kept off duty')
})

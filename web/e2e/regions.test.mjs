// The demo stands on any extract: where an extract names no shops, places are
// invented on its roads. Needs the shared road data; without it only the default
// extract is there, and the other walks use that.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { startServer } from './harness.mjs'

const shared =
  process.env.BEATPLAN_SHARED_DATA ?? resolve(import.meta.dirname, '../../../shared/data')
const extracts = ['andorra-2025', 'porto-roads', 'jinan-roads']
  .map((name) => join(shared, 'roads', `${name}.osm.pbf`))
  .filter(existsSync)

for (const osm of extracts) {
  test(`a company works on ${osm.split('/').pop()}`, async () => {
    const server = await startServer({ osm })
    try {
      const signed = await fetch(`${server.url}/v1/sessions/demo`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
        body: JSON.stringify({ login: 'manager' }),
      })
      assert.ok(signed.ok, `sign in: ${signed.status}`)
      const cookie = signed.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ')
      const get = async (path) => {
        const r = await fetch(server.url + path, { headers: { cookie } })
        assert.ok(r.ok, `${path}: ${r.status} ${r.ok ? '' : await r.text()}`)
        return r
      }
      const me = await (await get('/v1/me')).json()
      const { total } = await (await get('/v1/customers/count')).json()
      assert.ok(total >= 200, `${total} customers`)
      const answer = await (await get(`/v1/days?date=${me.business_day}`)).json()
      const days = answer.items ?? answer
      assert.equal(days.length, 12)
      assert.ok(days.filter((d) => d.stops > 0 && d.distance_m > 0).length >= 10, 'days on roads')
      const customer = (await (await get('/v1/customers?limit=1')).json()).items[0]
      const near = await (await get(`/v1/nearest-people?customer=${customer.id}`)).json()
      assert.ok(near.some((p) => p.rank === 1 && p.drive_s >= 0), 'somebody is nearest')
      // A tile of the basemap around the customer.
      const [lon, lat] = customer.position
      const n = 2 ** 12
      const x = Math.floor(((lon + 180) / 360) * n)
      const s = Math.sin((lat * Math.PI) / 180)
      const y = Math.floor((0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * n)
      const tile = await get(`/tiles/basemap/12/${x}/${y}.mvt`)
      assert.ok((await tile.arrayBuffer()).byteLength > 100, 'the basemap has something there')
    } finally {
      await server.stop()
    }
  })
}

// Layers over the customers, counts by area, filters by what happened lately, what is
// inside an area as a file, and base maps of other datums from a tile host of the
// test's own.
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { deflateSync, crc32 } from 'node:zlib'
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec'
import { VectorTile } from '@mapbox/vector-tile'
import { PbfReader } from 'pbf'
import { browser, json, oneOfEach, openPage, server, settled, shot, signIn, until } from './harness.mjs'
import { pmtiles } from './pmtiles.mjs'

// A file of the company's own: a square from Delaware to the Pacific.
oneOfEach({
  async files(data) {
    await mkdir(join(data, 'layers'))
    await writeFile(join(data, 'layers', 'sales-2025.pmtiles'), pmtiles({
      layer: 'areas', description: 'Sales areas of 2025', attribution: '© Cartographers of 2025', square: [600, 1400, 620],
    }))
  },
})
let host
const asked = []
before(async () => {
  host = await tileHost()
})
after(() => host?.close())

// tileHost serves one grey picture for every address and keeps what was asked for.
function tileHost() {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const out = Buffer.alloc(body.length + 8)
    out.writeUInt32BE(data.length)
    body.copy(out, 4)
    out.writeUInt32BE(crc32(body), body.length + 4)
    return out
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(256, 0)
  head.writeUInt32BE(256, 4)
  head[8] = 8 // bits, grey
  const rows = Buffer.alloc(257 * 256, 0xd8)
  for (let y = 0; y < 256; y++) rows[y * 257] = 0
  const png = Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0)),
  ])
  return new Promise((done) => {
    const s = createServer((request, answer) => {
      asked.push(request.url)
      answer.writeHead(200, { 'Content-Type': 'image/png', 'Access-Control-Allow-Origin': '*' })
      answer.end(png)
    })
    s.listen(0, '127.0.0.1', () => done(s))
  })
}

// several waits until there are more than three of what is asked for.
const several = (list) => until(() => list().length > 3 && list(), 'fourth tile')

// seen is where the tile round a place shows a customer, in metres east and north; null
// when none does.
async function seen(page, id, [lon, lat], datum) {
  const z = 14
  const x = Math.floor(((lon + 180) / 360) * 2 ** z)
  const y = Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * 2 ** z)
  for (const [dx, dy] of [[0, 0], [1, 0], [0, 1], [1, 1], [0, -1], [1, -1]]) {
    const path = `/tiles/customers/${z}/${x + dx}/${y + dy}.mvt${datum ? `?datum=${datum}` : ''}`
    const body = await (await page.request.get(`${server.url}${path}`)).body()
    const layer = new VectorTile(new PbfReader(body)).layers.customers
    for (let i = 0; i < (layer?.length ?? 0); i++) {
      const f = layer.feature(i)
      if (Number(f.properties.id) !== id) continue
      const [east, north] = f.toGeoJSON(x + dx, y + dy, z).geometry.coordinates
      return [(east - lon) * 111320 * Math.cos((lat * Math.PI) / 180), (north - lat) * 110574]
    }
  }
  return null
}

// feature: Y19
test('customers are counted by county on the map, as the list counts them', async () => {
  const { context, page, faults, answered, forget } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  const ask = async (path) => {
    const r = await page.request.get(`${server.url}${path}`)
    assert.ok(r.ok(), `${path}: ${r.status()} ${await r.text()}`)
    return r.json()
  }
  const byCounty = await ask('/v1/customers/areas?by=district')
  assert.ok(byCounty.areas.length >= 3, `${byCounty.areas.length} areas of level ${byCounty.level}`)
  let sum = byCounty.outside + byCounty.unlocated
  for (const a of byCounty.areas) {
    const list = await ask(`/v1/customers/count?area=${a.id}`)
    assert.equal(list.total, a.count, a.name)
    sum += a.count
  }
  assert.equal(sum, byCounty.total)

  await page.goto(`${server.url}/map?count=district`)
  await answered('/tiles/regions/')
  const table = page.locator('.area-counts')
  const first = byCounty.areas.toSorted((a, b) => b.count - a.count)[0]
  await table.getByRole('button', { name: first.name }).waitFor()
  await settled(page)
  await shot(page, 'layers-1-counts')
  await table.getByRole('button', { name: first.name }).click()
  await page.locator('.list-head').getByText(`${first.count.toLocaleString('en')} customers`).waitFor()
  await page.waitForURL((url) => url.searchParams.get('area') === first.id)

  const names = ['territories', 'regions', 'coverage', 'routes', 'people', 'offices']
  forget()
  await page.goto(`${server.url}/map?layers=${names.join()}`)
  for (const n of names) await answered(`/tiles/${n}/`)
  await settled(page)
  await shot(page, 'layers-2-all')
  await page.getByRole('button', { name: 'Layers' }).click()
  await page.getByRole('checkbox', { name: 'Customers by hexagon' }).click()
  await page.waitForURL((url) => !url.searchParams.get('layers').includes('coverage'))
  await shot(page, 'layers-3-switch')
  await page.getByText('200 or more').waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')

  // What stands inside a drawn area, as a file: the rows of list, count and map.
  const polygon = encodeURIComponent('-75.6,39.1;-75.4,39.1;-75.4,39.3;-75.6,39.3')
  const inside = await ask(`/v1/customers/count?polygon=${polygon}`)
  await page.goto(`${server.url}/map?polygon=${polygon}`)
  const bar = page.locator('.area-bar')
  await bar.getByText(`${inside.total} customers in the area`).waitFor()
  await bar.getByRole('button', { name: 'Do' }).click()
  const file = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export CSV' }).click()
  const lines = (await readFile(await (await file).path(), 'utf8')).trim().split('\n')
  assert.equal(lines.length - 1, inside.total)
  assert.ok(inside.total > 0 && inside.total < byCounty.total)

  // What happened lately filters list and map alike.
  await page.goto(`${server.url}/map?unvisited_since=2100-01-01&owes_from=1`)
  const owing = await ask('/v1/customers/count?unvisited_since=2100-01-01&owes_from=1')
  assert.ok(owing.total > 0 && owing.total < byCounty.total, `${owing.total} owe something`)
  await page.locator('.list-head').getByText(`${owing.total.toLocaleString('en')} customer`).waitFor()
  await page.getByRole('button', { name: 'More filters' }).click()
  await page.getByText('Open receivable (¥)').waitFor()
  await settled(page)
  await shot(page, 'layers-4-filters')
  assert.deepEqual(faults, [])
  await context.close()
})

test('every layer has TileJSON and styles; a file is switched on the page with its credit; warehouses stand on it', async () => {
  const { context, page, faults, answered } = await openPage(browser)
  await signIn(page, server.url, 'admin')
  const { items } = await json(page, '/v1/map/layers')
  const names = items.map((l) => l.name)
  for (const n of ['customers', 'people', 'territories', 'coverage', 'regions', 'routes', 'tracks', 'stays', 'offices',
    'warehouses', 'basemap', 'sales-2025']) assert.ok(names.includes(n), `${n} of ${names}`)
  for (const l of items) {
    const { tiles, vector_layers: parts } = await json(page, l.tilejson)
    assert.ok(tiles[0].includes(`/tiles/${l.name}/`) && parts.length > 0, l.name)
    for (const theme of ['light', 'dark', 'print']) {
      const style = await json(page, l.style.replace('{theme}', theme))
      assert.deepEqual(validateStyleMin(style).map((e) => e.message), [], `${l.name} ${theme}`)
      assert.ok(style.layers.some((x) => x.source === l.name), `${l.name} is drawn in ${theme}`)
      assert.match(style.sources.basemap.attribution, /OpenStreetMap contributors/)
    }
  }

  await page.goto(`${server.url}/settings/bases`)
  const form = page.getByRole('form', { name: 'Add or change a place' })
  await form.getByLabel('Code').fill('WH-1')
  await form.getByLabel('Name').fill('Kent store')
  await form.getByLabel(/Address, or/).fill('39.15, -75.52')
  const saved = page.waitForResponse((r) => r.request().method() === 'PUT' && r.url().includes('/v1/map/sites/'))
  await form.getByRole('button', { name: 'Save the place' }).click()
  assert.equal((await saved).status(), 200)
  await page.getByRole('cell', { name: 'Kent store', exact: true }).waitFor()
  await page.getByRole('cell', { name: 'Kent store', exact: true }).scrollIntoViewIfNeeded()
  await shot(page, 'layers-7-sites')

  await page.goto(`${server.url}/map?at=-75.52,39.15,11`)
  await page.getByRole('button', { name: 'Layers' }).click()
  await page.getByRole('checkbox', { name: 'Warehouses' }).check()
  await page.getByRole('checkbox', { name: 'Sales areas of 2025' }).check()
  await page.waitForURL((url) => url.searchParams.get('files') === 'sales-2025')
  await answered('/tiles/sales-2025/')
  await answered('/tiles/warehouses/')
  await page.locator('.maplibregl-ctrl-attrib').getByText('© Cartographers of 2025').waitFor()
  await settled(page)
  await shot(page, 'layers-8-file')
  assert.deepEqual(faults, [])
  await context.close()
})

test('a base map of another service: key, approval number, datum', async () => {
  const { context, page, faults, answered } = await openPage(browser)
  await signIn(page, server.url, 'admin')
  const template = `http://127.0.0.1:${host.address().port}/{z}/{x}/{y}.png?key={key}&s={s}`
  await page.goto(`${server.url}/settings/bases`)
  await page.getByText('shown to the public in China').waitFor()
  for (const [word, key] of [['AMap', 'amap-key'], ['Baidu', 'baidu-key']]) {
    const form = page.getByRole('form', { name: word })
    await form.getByLabel('Key', { exact: true }).fill(key)
    await form.getByLabel(/Approval number/).fill('GS(2026)0001')
    await form.getByLabel(/Own tile address/).fill(template)
    await form.getByRole('switch').click()
    const saved = page.waitForResponse((r) => r.request().method() === 'PUT' && r.url().includes('/v1/map/bases/'))
    await form.getByRole('button', { name: 'Save' }).click()
    assert.equal((await saved).status(), 200)
    await page.getByText('Saved').last().waitFor()
  }
  await shot(page, 'layers-5-bases')

  const shanghai = [121.4737, 31.2304]
  const made = await page.request.post(`${server.url}/v1/customers`, {
    data: {
      name: '人民广场', kind: 'shop/bakery', position: shanghai, address: '人民大道 1', district: 'Shanghai',
      phone: '+862100000000', contacts: [{ name: '李明', phone: '+862100000000' }],
    },
    headers: { 'Idempotency-Key': crypto.randomUUID() },
  })
  assert.equal(made.status(), 201, await made.text())
  const here = (await made.json()).id

  for (const [word, key, datum] of [['AMap', 'amap-key', 'gcj02'], ['Baidu', 'baidu-key', 'bd09']]) {
    await page.goto(`${server.url}/map?at=${shanghai.join(',')},14`)
    await page.getByRole('button', { name: 'Layers' }).click()
    await page.getByRole('radio', { name: word }).click()
    await answered(`datum=${datum}`)
    await page.keyboard.press('Escape')
    await page.waitForFunction(() => document.querySelector('.maplibregl-ctrl-attrib')?.textContent.includes('GS(2026)0001'))
    const own = await several(() => asked.filter((u) => u.includes(`key=${key}`)))
    if (word === 'Baidu') { // columns count from Greenwich in 256 × 2^(18−z) units
      const [z, x, y] = own[0].split(/[/.?]/).slice(1, 4).map(Number)
      assert.ok(Math.abs(x - (121.48 * 111320.7) / (256 * 2 ** (18 - z))) < 20, own[0])
      assert.ok(Math.abs(y - 3640000 / (256 * 2 ** (18 - z))) < 40, own[0])
    }
    // The same customer, some hundred metres off: on the map's own datum.
    const plain = await until(() => seen(page, here, shanghai), 'the customer on a tile')
    const moved = await until(() => seen(page, here, shanghai, datum), `the customer on a tile of ${datum}`)
    const metres = Math.hypot(moved[0] - plain[0], moved[1] - plain[1])
    assert.ok(metres > 300 && metres < 1500, `${datum}: ${metres} m`)
    // What is stored stays; the address of the view too: shifted there and back.
    const stored = await (await page.request.get(`${server.url}/v1/customers/${here}`)).json()
    assert.deepEqual(stored.position, shanghai)
    await page.mouse.move(900, 450)
    await page.mouse.wheel(0, -200)
    await page.waitForURL((url) => !url.searchParams.get('at').endsWith(',14'))
    await settled(page)
    const at = new URL(page.url()).searchParams.get('at').split(',').map(Number)
    assert.ok(Math.abs(at[0] - shanghai[0]) < 0.02 && Math.abs(at[1] - shanghai[1]) < 0.02, at.join())
    await shot(page, `layers-6-${datum}`)
  }
  assert.deepEqual(faults, [])
  await context.close()
})

// The map as a manager uses it: colours, areas drawn by hand, what to do with the
// customers inside, print; and its tiles as other people's programs read them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VectorTile } from '@mapbox/vector-tile'
import { PbfReader } from 'pbf'
import { FetchSource, PMTiles } from 'pmtiles'
import { browser, oneOfEach, openPage, server, settled, shot, signIn } from './harness.mjs'

oneOfEach()

const tileOf = ([lon, lat], z) => {
  const n = 2 ** z
  const y = (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2
  return [Math.floor(((lon + 180) / 360) * n), Math.floor(y * n)]
}

// count asks the API how many customers a filter holds.
async function count(page, query = '') {
  const r = await page.request.get(`${server.url}/v1/customers/count${query}`)
  return r.json()
}

// features decodes one tile of customers with Mapbox's own library.
async function features(page, z, x, y, query = '') {
  const r = await page.request.get(`${server.url}/tiles/customers/${z}/${x}/${y}.mvt${query}`)
  assert.ok([200, 204].includes(r.status()), `tile ${z}/${x}/${y}: ${r.status()}`)
  const body = await r.body()
  if (body.length === 0) return []
  const layer = new VectorTile(new PbfReader(body)).layers.customers
  return Array.from({ length: layer.length }, (_, i) => layer.feature(i))
}

// feature: Y16
test('every tile decodes with a second library, and counts and names add up', async () => {
  const { context, page } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  const me = await (await page.request.get(`${server.url}/v1/me`)).json()
  const [west, south, east, north] = me.company.bounds
  const { located } = await count(page)
  assert.ok(located > 100, `${located} customers stand on the map`)
  for (const z of [6, 9, 11]) {
    const [x0, y0] = tileOf([west, north], z)
    const [x1, y1] = tileOf([east, south], z)
    const columns = Array.from({ length: x1 - x0 + 3 }, (_, i) => x0 - 1 + i)
    const rows = Array.from({ length: y1 - y0 + 3 }, (_, i) => y0 - 1 + i)
    const found = await Promise.all(columns.flatMap((x) => rows.map((y) => features(page, z, x, y))))
    const sum = found.flat().reduce((n, f) => n + (f.properties.count ?? 1), 0)
    assert.equal(sum, located, `clusters of zoom ${z}`)
  }
  const list = await (await page.request.get(`${server.url}/v1/customers?limit=50&located=true`)).json()
  for (const c of list.items.slice(0, 8)) {
    const [x, y] = tileOf(c.position, 15)
    const found = (await features(page, 15, x, y)).find((f) => f.properties.id === c.id)
    assert.ok(found, `${c.name} is in its tile`)
    assert.equal(found.properties.name, c.name)
    const { coordinates } = found.toGeoJSON(x, y, 15).geometry
    assert.ok(Math.abs(coordinates[0] - c.position[0]) < 1e-5, `${coordinates} for ${c.position}`)
    assert.ok(Math.abs(coordinates[1] - c.position[1]) < 1e-5, `${coordinates} for ${c.position}`)
  }
  await context.close()
})

test('the basemap is read as one PMTiles archive by its own reader', async () => {
  const { context, page } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  const cookies = await context.cookies(server.url)
  const headers = { Cookie: cookies.map((c) => `${c.name}=${c.value}`).join('; ') }
  const archive = new PMTiles(new FetchSource(`${server.url}/tiles/basemap.pmtiles`, headers))
  const header = await archive.getHeader()
  assert.equal(header.tileType, 1, 'vector tiles')
  assert.ok(header.maxZoom >= 12 && header.minLon < header.maxLon)
  const middle = [(header.minLon + header.maxLon) / 2, (header.minLat + header.maxLat) / 2]
  const tile = await archive.getZxy(10, ...tileOf(middle, 10))
  assert.ok(tile, 'the middle of the map has a tile')
  const { layers } = new VectorTile(new PbfReader(new Uint8Array(tile.data)))
  assert.ok(Object.keys(layers).length >= 2, Object.keys(layers).join())
  await context.close()
})

test('the manager colours the map, draws round customers, and acts on them', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  await page.goto(`${server.url}/map`)
  await page.getByText(/\d+ customers/).first().waitFor()
  await settled(page)
  await shot(page, 'map-1-pies')

  // Clusters as pies of status, then the heat.
  await page.goto(`${server.url}/map?by=status`)
  await page.locator('.legend').getByText('Active').waitFor()
  await settled(page)
  await shot(page, 'map-2-status')
  const heat = page.getByRole('button', { name: 'Heat map' })
  await heat.click()
  await settled(page)
  await shot(page, 'map-3-heat')
  await heat.click()

  // A loop drawn with the mouse filters list, count and map.
  const box = await page.locator('.maplibregl-canvas').boundingBox()
  const middle = [box.x + box.width * 0.62, box.y + box.height * 0.5]
  await page.getByRole('button', { name: 'Draw round customers' }).click()
  await page.getByText('Hold and draw round an area').waitFor()
  await page.mouse.move(middle[0] + 220, middle[1])
  await page.mouse.down()
  for (let i = 1; i <= 24; i++) {
    const turn = (i / 24) * 2 * Math.PI
    await page.mouse.move(middle[0] + 220 * Math.cos(turn), middle[1] + 260 * Math.sin(turn))
  }
  await page.mouse.up()
  const bar = page.locator('.area-bar')
  await page.waitForURL((url) => url.searchParams.has('polygon'))
  const polygon = new URL(page.url()).searchParams.get('polygon')
  const inside = await count(page, `?polygon=${encodeURIComponent(polygon)}`)
  await bar.getByText(`${inside.total} customers in the area`).waitFor()
  await settled(page)
  await shot(page, 'map-4-lasso')
  const all = await count(page)
  assert.ok(inside.total > 0 && inside.total < all.total, `${inside.total} of ${all.total}`)
  await page.locator('.list-head').getByText(`${inside.total} customers`).waitFor()

  // They are given to somebody, after a look at how many they are.
  await bar.getByRole('button', { name: 'Do' }).click()
  await page.getByText('Assign to a salesperson').click()
  await page.getByRole('dialog').waitFor()
  await shot(page, 'map-5-assign')
  await page.getByRole('dialog').press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })

  // A tag for all of them, and a word to whoever owns them.
  await bar.getByRole('button', { name: 'Do' }).click()
  await page.getByText('Add a tag').click()
  await page.getByRole('dialog').getByLabel('Tag').fill('by-lasso')
  const given = page.waitForResponse((r) => r.url().endsWith('/v1/customers/tags'))
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click()
  const { items } = await (await given).json()
  assert.equal(items.filter((i) => i.changed).length, inside.total, 'every customer of the area has the tag')
  const taken = page.waitForResponse((r) => r.url().endsWith('/v1/customers/tags'))
  await page.getByRole('button', { name: 'Undo' }).click()
  assert.equal((await (await taken).json()).items.filter((i) => i.changed).length, inside.total)
  assert.equal((await count(page, '?tag=by-lasso')).total, 0, 'and a word takes it back')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await bar.getByRole('button', { name: 'Do' }).click()
  await page.getByText('Message the owners').click()
  await page.getByRole('dialog').getByLabel('Message to the owners').fill('Prices rise on Monday')
  const told = page.waitForResponse((r) => r.url().endsWith('/v1/messages/owners'))
  await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
  assert.ok((await (await told).json()).people > 0, 'owners were told')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })

  // The circle, and back to everything.
  await page.getByRole('button', { name: 'Clear the area' }).click()
  await page.getByRole('button', { name: 'Within a radius' }).click()
  await page.mouse.move(middle[0], middle[1])
  await page.mouse.down()
  await page.mouse.move(middle[0] + 60, middle[1] + 60, { steps: 5 })
  await page.locator('.map-hint').getByText(/km|m$/).waitFor()
  await page.mouse.up()
  await bar.waitFor()
  await page.getByRole('button', { name: 'Clear the area' }).click()
  await bar.waitFor({ state: 'detached' })

  // Who is within fifteen minutes by car of a place: all of them, by the road.
  const dover = [-75.5243, 39.1582]
  await page.goto(`${server.url}/map?at=${dover.join(',')},10`)
  await settled(page)
  await page.getByRole('button', { name: 'Within a drive time' }).click()
  await page.getByText('Customers within so many minutes by car').waitFor()
  const canvas = await page.locator('.maplibregl-canvas').boundingBox()
  const panel = await page.locator('aside.panel').boundingBox()
  const [left, top] = [panel.x + panel.width, canvas.y + 56]
  await page.mouse.click((left + canvas.x + canvas.width) / 2, (top + canvas.y + canvas.height) / 2)
  await bar.getByText(/\d.* in the area/).waitFor()
  await settled(page)
  await shot(page, 'map-7-reach')
  const reach = new URL(page.url()).searchParams.get('polygon')
  const near = await (await page.request.get(
    `${server.url}/v1/customers?limit=200&polygon=${encodeURIComponent(reach)}`)).json()
  assert.ok(near.total > 10, `${near.total} customers within reach of Dover`)
  for (const c of near.items.filter((_, i) => i % 9 === 0)) {
    const points = `${dover.join(',')};${c.position.join(',')}`
    const route = await (await page.request.get(`${server.url}/v1/route?points=${points}`)).json()
    assert.ok(route.duration_s < 25 * 60, `${c.name} is ${route.duration_s} s away`)
  }
  assert.deepEqual(faults, [])
  await context.close()
})

test('a pin is dragged, taken back, and found by its address', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  const list = await (await page.request.get(`${server.url}/v1/customers?limit=1&located=true`)).json()
  const { id, position } = list.items[0]
  await page.goto(`${server.url}/map?customer=${id}`)
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const where = page.locator('.where')
  const spelled = `${position[1].toFixed(5)}, ${position[0].toFixed(5)}`
  await where.getByText(spelled).waitFor()
  const pin = page.locator('.edit-pin')
  await pin.waitFor()
  await settled(page)
  const box = await pin.boundingBox()
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(box.x + 90, box.y + 70, { steps: 6 })
  await page.mouse.up()
  await page.getByText('The pin was moved').waitFor()
  await where.getByText(spelled).waitFor({ state: 'detached' })
  await shot(page, 'map-8-pin')
  await page.getByRole('button', { name: 'Undo' }).click()
  await where.getByText(spelled).waitFor()
  await page.getByLabel('Address').fill('Dover')
  const found = page.waitForResponse((r) => r.url().includes('/v1/places?'))
  await where.getByRole('button', { name: 'Find by address' }).click()
  const [lon, lat] = (await (await found).json()).items[0].position
  await where.getByText(`${lat.toFixed(5)}, ${lon.toFixed(5)}`).waitFor()
  assert.deepEqual(faults, [])
  await context.close()
})

test('layers are switched in the hand', async () => {
  const { context, page, faults } = await openPage(browser, { width: 390, height: 844, hasTouch: true })
  await signIn(page, server.url, 'manager')
  await page.goto(`${server.url}/m/map`)
  const drawn = page.waitForResponse((r) => r.url().includes('/tiles/territories/') && (r.ok() || r.status() === 304))
  await page.getByRole('button', { name: 'Layers' }).click()
  await page.getByRole('checkbox', { name: 'Territories' }).check()
  await drawn
  await settled(page)
  await shot(page, 'map-9-phone')
  assert.deepEqual(faults, [])
  await context.close()
})

// tooSmall lists what a finger would miss: what can be pressed and is less than 44 px wide
// or high.
const tooSmall = (page, selector) => page.locator(selector).evaluateAll((all) => all
  .map((e) => [e.ariaLabel || e.textContent, e.getBoundingClientRect()])
  .filter(([, r]) => r.width > 0 && (r.width < 44 || r.height < 44))
  .map(([word, r]) => `${word} ${r.width} × ${r.height}`))

test('the desk serves a finger on a page as narrow as a phone', async () => {
  const { context, page, faults } = await openPage(browser, { width: 390, height: 844, hasTouch: true, isMobile: true })
  await signIn(page, server.url, 'admin')
  const list = await (await page.request.get(`${server.url}/v1/customers?limit=1&located=true`)).json()
  const inView = async () => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.equal(wide, 390, 'nothing scrolls sideways')
    assert.deepEqual(await tooSmall(page, '.rail :is(a, button), .map-tool, .desk-side a, .desk .ant-btn'), [])
  }
  await page.goto(`${server.url}/map`)
  await page.locator('.list-head').getByText(/\d+ customers/).waitFor()
  const sheet = await page.locator('aside.panel').boundingBox()
  assert.ok(sheet.width === 390 && sheet.y > 400, `the panel is a sheet below the map: ${JSON.stringify(sheet)}`)
  await inView()
  await settled(page)
  await shot(page, 'map-10-narrow')
  await page.getByRole('button', { name: 'Collapse the panel' }).tap()
  await page.getByRole('button', { name: 'Open the panel' }).waitFor()
  await page.goto(`${server.url}/map?customer=${list.items[0].id}`)
  await page.locator('aside.card').getByRole('heading', { name: list.items[0].name }).waitFor()
  assert.equal((await page.locator('aside.card').boundingBox()).width, 390)
  await inView()
  await page.goto(`${server.url}/settings/bases`)
  await page.getByRole('heading', { name: 'Tianditu' }).waitFor()
  await inView()
  await shot(page, 'map-11-narrow-settings')
  assert.deepEqual(faults, [])
  await context.close()
})

test('the view is printed with its legend and its source', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  await page.goto(`${server.url}/map?by=level`)
  await page.getByText(/\d+ customers/).first().waitFor()
  await settled(page)
  await page.getByRole('button', { name: 'Print or save the picture' }).click()
  const sheet = page.locator('img.print-sheet')
  await sheet.waitFor()
  await settled(page)
  await shot(page, 'map-6-print')
  const shades = await sheet.evaluate(async (img) => {
    await img.decode()
    const canvas = document.createElement('canvas')
    canvas.width = img.naturalWidth
    canvas.height = img.naturalHeight
    const pen = canvas.getContext('2d')
    pen.drawImage(img, 0, 0)
    const seen = new Set()
    for (let x = 0; x < canvas.width; x += 9) {
      for (let y = 0; y < canvas.height; y += 9) seen.add(pen.getImageData(x, y, 1, 1).data.join())
    }
    return seen.size
  })
  assert.ok(shades > 20, `a map has more than ${shades} colours`)
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Save picture' }).click(),
  ])
  assert.match(saved.suggestedFilename(), /^beatplan-.*\.png$/)
  assert.deepEqual(faults, [])
  await context.close()
})

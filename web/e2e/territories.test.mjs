// A manager makes a scenario, has it optimised, gives customers away by hand, takes it back
// and does it again, draws a border with the brush, compares with today, hands it in and
// publishes it for today; the director agrees, and the customers and their planned visits
// follow. Areas come in from KML and zipped Shapefiles. axe finds no serious fault.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { accessible, browser, json, oneOfEach, openPage, server, settled, shot, signIn, until } from './harness.mjs'

oneOfEach()

test('a scenario is made, optimised, mended by hand, published, and the customers follow', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  await page.goto(`${server.url}/territories?lang=en`)
  await page.getByRole('button', { name: 'New scenario' }).click()
  await page.getByRole('button', { name: 'Optimise' }).click()
  await page.locator('.areas-hint', { hasText: 'above the bound' }).waitFor({ timeout: 300_000 })
  await settled(page)
  await accessible(page)
  await shot(page, 'areas-1-plan')

  const path = `/v1/territory-scenarios/${new URL(page.url()).pathname.split('/').pop()}`
  const edits = async () => (await json(page, path)).edits.map((e) => `${e.kind}${e.undone ? ' undone' : ''}`)
  const persons = async () => (await json(page, `${path}/units`)).person
  const optimised = await persons()
  assert.ok((await json(page, path)).plan.deviation < (await json(page, path)).today.deviation, 'the plan is more even')

  // A ring around the middle of the map, given to somebody.
  await page.getByText('Lasso', { exact: true }).click()
  const map = await page.locator('.maplibregl-canvas').boundingBox()
  const panel = await page.locator('aside.panel').boundingBox()
  const cx = (panel.x + panel.width + map.x + map.width) / 2
  const cy = map.y + map.height / 2
  for (const [dx, dy] of [[-90, -90], [90, -90], [90, 90], [-90, 90]]) {
    await page.mouse.click(cx + dx, cy + dy)
    await page.waitForTimeout(350) // two clicks at once would close the ring
  }
  await page.keyboard.press('Enter')
  await page.getByText(/customers inside, give them to/).waitFor()
  const receiver = page.locator('.ant-select-item-option').first()
  await receiver.click()
  await until(async () => (await edits())[0] === 'move', 'move')
  const moved = await persons()
  const hands = moved.filter((p, i) => p !== optimised[i]).length
  assert.ok(hands > 0, 'customers changed hands')
  await shot(page, 'areas-2-moved')
  await page.getByRole('button', { name: 'Undo' }).click()
  await until(async () => (await edits())[0] === 'move undone', 'undo')
  assert.deepEqual(await persons(), optimised)
  await page.getByRole('button', { name: 'Redo' }).click()
  await until(async () => (await edits())[0] === 'move', 'redo')
  assert.deepEqual(await persons(), moved)
  await paints(page, path)
  await compares(page, path)

  await page.getByRole('button', { name: 'Submit' }).click()
  await page.getByRole('button', { name: 'Publish' }).click()
  const dialog = page.getByRole('dialog')
  const { business_day: today } = await json(page, '/v1/me') // of the company, not of the browser
  const day = dialog.getByLabel('In force on')
  await day.fill(today)
  await day.press('Enter')
  await page.waitForFunction((d) => document.querySelector('.areas-date input')?.value === d, today)
  await shot(page, 'areas-3-publish')
  await accessible(page, 'publish')
  await dialog.getByRole('button', { name: 'Publish' }).click()
  await dialog.waitFor({ state: 'hidden' })

  // The day waits for the director; until then nobody's customers move.
  await until(async () => (await json(page, path)).asked_on === today, 'request')
  const before = await json(page, `${path}/units`)
  const going = before.person.flatMap((p, i) => (p !== before.was[i] && before.was[i] ? [i] : []))
  const first = going[0]
  assert.equal((await json(page, `/v1/customers/${before.customers[first]}`)).owner_id, before.was[first])
  const visit = await planned(page, today, before, going)
  await page.getByText('once those above agree').waitFor()
  await shot(page, 'areas-4-asked')
  const director = await openPage(browser)
  await signIn(director.page, server.url, 'director')
  await director.page.goto(`${server.url}/approvals?lang=en`)
  await director.page.getByText('Day of a territory scenario').first().click()
  await director.page.getByRole('button', { name: 'Approve' }).waitFor()
  await accessible(director.page, 'approval')
  await shot(director.page, 'areas-5-approval')
  await director.page.getByRole('button', { name: 'Approve' }).click()
  await until(async () => (await json(page, path)).state === 'live', 'scenario in force')
  assert.deepEqual(director.faults, [])
  await director.context.close()

  // The customer, its place on the map and its planned visit are the new person's.
  const units = await json(page, `${path}/units`)
  const at = visit ? visit.at : going.find((i) => !units.refused[i])
  const customer = await json(page, `/v1/customers/${units.customers[at]}`)
  assert.equal(customer.owner_id, units.person[at], 'the customer follows')
  if (visit) {
    assert.ok((await stops(page, units.person[at], visit.date)).includes(units.customers[at]), 'the visit follows')
    assert.ok(!(await stops(page, units.was[at], visit.date)).includes(units.customers[at]), 'nobody drives twice')
  }
  await page.reload()
  await page.getByText('In force', { exact: true }).waitFor()
  await settled(page)
  await shot(page, 'areas-6-live')
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(`${page.url().split('?')[0]}?lang=zh`)
  await page.getByText('已生效', { exact: true }).waitFor()
  await settled(page)
  await shot(page, 'areas-6-live-zh-dark')
  const salesperson = await json(page, `/v1/people/${units.person[at]}`)
  assert.deepEqual(faults, [])
  await context.close()
  await seesTheCustomer(salesperson, customer)
})

const stops = async (page, person, date) =>
  (await json(page, `/v1/days/${person}/${date}`)).stops?.map((s) => s.customer_id) ?? []

/** Draws a border one cell further with the brush; the figures on the page follow. */
async function paints(page, path) {
  await page.locator('.areas-bar').getByText('Paint', { exact: true }).click()
  const units = await json(page, `${path}/units?limit=20000`)
  const { items: cells } = await json(page, `${path}/cells?limit=10000`)
  const has = (cell) => units.customers.filter((_, i) => !units.locked[i] && units.person[i] === cell.person_id &&
    within(cell.ring, units.lon[i], units.lat[i]))
  const [w, e, s, n] = [Math.min(...units.lon), Math.max(...units.lon), Math.min(...units.lat), Math.max(...units.lat)]
  const off = ([x, y]) => Math.hypot(x - (w + e) / 2, y - (s + n) / 2)
  const borders = cells.filter((c) => c.person_id > 0 && has(c).length > 0)
    .sort((a, b) => off(middle(a.ring)) - off(middle(b.ring)))
    .flatMap((to) => cells.filter((from) => from.person_id > 0 && from.person_id !== to.person_id && touch(from.ring, to.ring))
      .map((from) => ({ from, to })))
  const [{ from, to }] = borders
  const size = Math.max(...to.ring.map((p) => p[0])) - Math.min(...to.ring.map((p) => p[0]))
  await page.mouse.move(...await pixel(page, middle(to.ring)))
  for (let width = 0; width < 120;) { // the wheel holds what is under the pointer
    await page.mouse.wheel(0, -300)
    await page.waitForTimeout(500)
    width = size / 360 * 512 * 2 ** (await viewed(page)).zoom
  }
  await settled(page)
  const figures = () => page.locator('.areas-table tbody').innerText()
  const [before, hands, told] = [has(to), await figures(), (await json(page, path)).edits.length]
  await page.mouse.move(...await pixel(page, middle(from.ring)))
  await page.mouse.down()
  await page.mouse.move(...await pixel(page, middle(to.ring)), { steps: 8 })
  await page.mouse.up()
  await until(async () => (await json(page, path)).edits.length > told, 'a border drawn further')
  const after = await json(page, `${path}/units?limit=20000`)
  for (const c of before) assert.equal(after.person[after.customers.indexOf(c)], from.person_id, `customer ${c}`)
  await until(async () => await figures() !== hands, 'figures that follow the brush')
  await settled(page)
  await shot(page, 'areas-2-painted')
  await page.locator('.areas-bar').getByText('Look', { exact: true }).click()
}

/** Where the map stands; the address says so after every move. */
async function viewed(page) {
  const at = await until(() => new URL(page.url()).searchParams.get('at'), 'a view in the address')
  const [lon, lat, zoom] = at.split(',').map(Number)
  return { lon, lat, zoom }
}

/** Where a place stands on the page: the view's middle is that of the map beside panel and bar. */
async function pixel(page, [lon, lat]) {
  const view = await viewed(page)
  const map = await page.locator('.maplibregl-canvas').boundingBox()
  const panel = await page.locator('aside.panel').boundingBox()
  const world = 512 * 2 ** view.zoom
  const y = (degrees) => Math.log(Math.tan(Math.PI / 4 + degrees * Math.PI / 360)) / (2 * Math.PI)
  return [
    (panel.x + panel.width + map.x + map.width) / 2 + (lon - view.lon) / 360 * world,
    (map.y + 56 + map.y + map.height) / 2 - (y(lat) - y(view.lat)) * world,
  ]
}

const middle = (ring) => [0, 1].map((k) => ring.slice(1).reduce((sum, p) => sum + p[k], 0) / (ring.length - 1))

/** Whether two cells have an edge in common. */
const touch = (a, b) => a.slice(1).filter((p) => b.slice(1)
  .some((q) => Math.hypot(p[0] - q[0], p[1] - q[1]) < 1e-6)).length === 2

/** Whether a place lies within a ring (even–odd). */
const within = (ring, x, y) => ring.slice(1).filter(([bx, by], i) => {
  const [ax, ay] = ring[i]
  return ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax
}).length % 2 === 1

/** Reads plan beside today: as a whole, person by person, and a week driven on the roads. */
async function compares(page, path) {
  const { plan } = await json(page, path)
  for (const side of ['Sales', 'Ground', 'Work']) {
    await page.locator('.areas-people .ant-segmented-item-label', { hasText: side }).click()
    const table = page.locator('.areas-table')
    assert.equal(await table.locator('tbody tr').count(), plan.people.length)
    const { inside, own } = await table.evaluate((t) => ({ own: t.scrollWidth, inside: t.closest('.areas').clientWidth }))
    assert.ok(own <= inside, `${side}: the table is ${own} wide in ${inside}`)
  }
  await page.getByText('Sample week', { exact: true }).click()
  await page.getByRole('button', { name: 'Drive a sample week' }).click()
  await until(async () => (await json(page, path)).routed, 'sample week', 300_000)
  await page.locator('.areas-fold table.areas-summary tbody tr').first().waitFor()
  await shot(page, 'areas-2-week')
}

test('areas come in from KML and zipped Shapefiles, whole or not at all', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  const made = await page.request.post(`${server.url}/v1/territory-scenarios`,
    { data: { name: 'Files' }, headers: { 'Idempotency-Key': crypto.randomUUID() } })
  const path = `/v1/territory-scenarios/${(await made.json()).id}`
  const units = await json(page, `${path}/units`)
  const { members } = await json(page, path)
  const names = new Map((await json(page, '/v1/people?limit=200')).items.map((p) => [p.id, p.name]))
  // A square around the middle customer, for somebody else than who has it.
  const mid = Math.floor(units.customers.length / 2)
  const [x, y] = [units.lon[mid], units.lat[mid]]
  const square = (r) => [[x - r, y - r], [x - r, y + r], [x + r, y + r], [x + r, y - r], [x - r, y - r]]
  const whose = (k) => members.filter((m) => m.person_id !== units.person[mid])[k].person_id
  await page.goto(`${server.url}${path.replace('/v1/territory-scenarios', '/territories')}?lang=en`)
  await page.getByText('Files', { exact: true }).last().click()
  const bring = async (name, buffer) => {
    await page.locator('.areas-files .ant-btn-loading').waitFor({ state: 'detached' }) // the page knows of the last one
    await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer })
  }
  const kml = (name, ring) => Buffer.from(`<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>
    <name>${name}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>${ring.map((p) => p.join(',')).join(' ')}
    </coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>`)
  const owner = async () => (await json(page, `${path}/units`)).person[mid]
  const bow = [[x - 1, y - 1], [x + 1, y + 1], [x + 1, y - 1], [x - 1, y + 1], [x - 1, y - 1]]
  await bring('bow.kml', kml(names.get(whose(0)), bow))
  await page.getByRole('alert').getByText('Row 1').first().waitFor()
  assert.deepEqual(await json(page, `${path}/units`), units, 'nothing of a bad file is taken')
  await shot(page, 'areas-9-refused')
  await bring('area.kml', kml(names.get(whose(0)), square(0.004)))
  await until(async () => (await owner()) === whose(0), 'area of a KML file')
  await bring('area.zip', zip({ 'area.shp': polygon(square(0.004)), 'area.dbf': table('person', names.get(whose(1))), 'area.cpg': Buffer.from('UTF-8') }))
  await until(async () => (await owner()) === whose(1), 'area of a Shapefile')
  await page.getByRole('alert').waitFor({ state: 'detached' })
  assert.deepEqual(faults, [])
  await context.close()
})

/** A file of one polygon, as in ESRI's description of 1998. */
function polygon(ring) {
  const xs = ring.map((p) => p[0])
  const ys = ring.map((p) => p[1])
  const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
  const content = 48 + 16 * ring.length
  const b = Buffer.alloc(108 + content)
  b.writeInt32BE(9994, 0)
  b.writeInt32BE(b.length / 2, 24)
  b.writeInt32LE(1000, 28)
  b.writeInt32LE(5, 32)
  b.writeInt32BE(1, 100)
  b.writeInt32BE(content / 2, 104)
  b.writeInt32LE(5, 108)
  for (const at of [36, 112]) box.forEach((v, i) => b.writeDoubleLE(v, at + 8 * i))
  b.writeInt32LE(1, 144)
  b.writeInt32LE(ring.length, 148)
  ring.forEach((p, i) => p.forEach((v, k) => b.writeDoubleLE(v, 156 + 16 * i + 8 * k)))
  return b
}

/** A dBASE table of one column and one row. */
function table(name, value) {
  const wide = 80
  const b = Buffer.alloc(65 + 1 + wide + 1, ' ')
  b.fill(0, 0, 64)
  b.writeUInt8(3, 0)
  b.writeUInt32LE(1, 4)
  b.writeUInt16LE(65, 8)
  b.writeUInt16LE(1 + wide, 10)
  b.write(name, 32)
  b.write('C', 43)
  b.writeUInt8(wide, 48)
  b.writeUInt8(0x0d, 64)
  b.write(value, 66)
  b.writeUInt8(0x1a, b.length - 1)
  return b
}

/** A zip of files as they are. */
function zip(files) {
  const parts = []
  const entries = []
  let at = 0
  for (const [name, data] of Object.entries(files)) {
    const head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0)
    head.writeUInt32LE(crc32(data), 10)
    head.writeUInt32LE(data.length, 14)
    head.writeUInt32LE(data.length, 18)
    head.writeUInt16LE(name.length, 22)
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(at, 10)
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), head, rest, Buffer.from(name)]))
    parts.push(Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), head, Buffer.from(name), data]))
    at += parts.at(-1).length
  }
  const list = Buffer.concat(entries)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, list, end])
}

/** A visit that is planned to one of these customers on a coming day, if there is any. */
async function planned(page, today, units, going) {
  for (let ahead = 1; ahead <= 5; ahead++) {
    const date = new Date(Date.parse(today) + ahead * 864e5).toISOString().slice(0, 10)
    for (const person of new Set(going.map((i) => units.was[i]))) {
      const list = await stops(page, person, date)
      const at = going.find((i) => units.was[i] === person && list.includes(units.customers[i]))
      if (at !== undefined) return { at, date }
    }
  }
  return null
}

/** The new person finds the customer on the phone. */
async function seesTheCustomer(person, customer) {
  const { context, page, faults } = await openPage(browser, {
    width: 390, height: 844, hasTouch: true, isMobile: true, colorScheme: 'light',
  })
  await signIn(page, server.url, person.login)
  assert.equal((await json(page, `/v1/customers/${customer.id}`)).owner_id, person.id)
  await page.goto(`${server.url}/m/customers/${customer.id}?lang=en`)
  await page.getByText(customer.name, { exact: false }).first().waitFor()
  await shot(page, 'areas-7-phone-customer')
  await page.goto(`${server.url}/m/map?lang=en`)
  await page.locator('.maplibregl-canvas').waitFor()
  await settled(page)
  await shot(page, 'areas-8-phone-map')
  assert.deepEqual(faults, [])
  await context.close()
}

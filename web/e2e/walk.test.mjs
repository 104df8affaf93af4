// The main job, as a manager and a salesperson do it: a day is optimised, changed
// by hand and published on a wide screen, then driven with a phone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible, browser, json, oneOfEach, openPage, server, settled, shot, signIn, until } from './harness.mjs'

const salesperson = { login: 'zhoujie', name: 'Zhou Jie' } // the demo leaves this day a poor draft

oneOfEach({
  // Whoever is signed in drives by hand: from here on the demo leaves this day alone.
  async ready() {
    const { context, page } = await openPage(browser)
    await signIn(page, server.url, salesperson.login)
    await context.close()
  },
})

// order is the stops' names as the list shows them.
const order = (page) => page.locator('ol.stops .stop-name').allInnerTexts()

// ordered waits until the list shows an order.
const ordered = (page, what, holds) => until(async () => {
  const now = await order(page)
  return holds(now) && now
}, what)

test('one click signs the manager in and the map shows the customers', async () => {
  const { context, page, faults } = await openPage(browser)
  await page.goto(server.url)
  await page.getByRole('button', { name: /^Manager/ }).click()
  await page.getByText(/\d+ customers/).first().waitFor()
  await settled(page)
  await shot(page, '01-map')
  const rows = await page.request.get(`${server.url}/v1/customers/count`)
  const { total } = await rows.json()
  assert.ok(total >= 600, `${total} customers, the demo promises 600`)
  const plotted = await page.evaluate(() => document.querySelectorAll('canvas.maplibregl-canvas').length)
  assert.equal(plotted, 1)
  assert.ok(await page.getByText('OpenStreetMap contributors').first().isVisible())
  assert.deepEqual(faults, [])
  await context.close()
})

// feature: Y23 Y24 Y26
test('a day is optimised, moved by hand, undone and published', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  await page.goto(`${server.url}/plan`)
  await page.getByText(salesperson.name).first().click()
  await page.locator('ol.stops li').first().waitFor()
  await settled(page)
  await shot(page, '02-day-before')
  const before = await order(page)
  assert.ok(before.length >= 5, `the draft has ${before.length} stops`)

  await page.getByRole('button', { name: 'Show the best order' }).click()
  await page.getByRole('button', { name: 'Accept', exact: true }).waitFor()
  await settled(page)
  await shot(page, '03-best-order')
  assert.match(await page.locator('.compare-saving').innerText(), /Saves [\d.]+ km/)
  const length = async (column) =>
    parseFloat(await page.locator(`.compare-column.${column} .num b`).first().innerText())
  const shortest = await length('best')
  await page.getByRole('button', { name: 'Accept', exact: true }).click()
  const best = await ordered(page, 'other order', (now) => now.length === before.length && now.join() !== before.join())
  assert.deepEqual([...best].sort(), [...before].sort(), 'the same stops in another order')
  await settled(page)

  const grip = page.locator('ol.stops li .grip').first()
  const target = page.locator('ol.stops li .stop-line').nth(2)
  const [from, to] = [await grip.boundingBox(), await target.boundingBox()]
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
  await page.mouse.down()
  await page.mouse.move(to.x + 40, to.y + to.height / 2, { steps: 12 })
  await page.mouse.up()
  await settled(page)
  await ordered(page, 'first stop dragged to the third place', (now) => now[2] === best[0])
  await shot(page, '04-dragged')
  const longer = await length('now')
  assert.ok(longer >= shortest, `${longer} km after the drag, ${shortest} km was the best`)

  await page.keyboard.press('Control+z')
  const back = () => ordered(page, 'best order after the undo', (now) => now.join() === best.join())
  await back()

  await page.locator('ol.stops .stop-main').nth(1).focus()
  await page.keyboard.press('Alt+ArrowDown')
  await ordered(page, 'stop moved by Alt and arrow', (now) => now[2] === best[1])
  await page.keyboard.press('Control+z')
  await back()
  await settled(page)

  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  await page.getByText('On the phone now').waitFor()
  await settled(page)
  await shot(page, '05-published')
  assert.deepEqual(faults, [])
  await context.close()
})

test('the three best places for a customer are shown, and one click puts it there', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  const me = await json(page, '/v1/me')
  const tomorrow = new Date(Date.parse(me.business_day) + 86_400_000).toISOString().slice(0, 10)
  const people = (await json(page, '/v1/people?role=salesperson&limit=100')).items
  const person = people.find((p) => p.login !== salesperson.login)
  const days = await Promise.all(people.map((p) => json(page, `/v1/days/${p.id}/${tomorrow}`)))
  const planned = new Set(days.flatMap((d) => d.stops.map((s) => s.customer_id)))
  const { items } = await json(page, `/v1/customers?owner=${person.id}&limit=200`)
  const customer = items.find((c) => c.position && !planned.has(c.id))
  assert.ok(customer, 'a customer on nobody’s day tomorrow')

  await page.goto(`${server.url}/plan/${person.id}/${tomorrow}?lang=en&customer=${customer.id}`)
  await page.getByRole('button', { name: 'Best places' }).click()
  const places = page.getByRole('region', { name: 'Best places' }).getByRole('listitem')
  await places.first().waitFor()
  assert.ok(await places.count() <= 3)
  for (const told of await places.allInnerTexts()) { // who, where, when, and what it adds
    assert.match(told, /(After .+|First stop of the day)[^]*\+[\d.]+ k?m[^]*\d\d:\d\d[^]*\+/)
  }
  await settled(page)
  await shot(page, '05b-best-places')
  const told = await places.first().innerText()
  const who = people.find((p) => told.includes(p.name))
  await places.first().getByRole('button', { name: `Put on ${who.name}’s day` }).click()
  await page.waitForURL(new RegExp(`/plan/${who.id}/${tomorrow}`))
  const list = await ordered(page, 'day with the customer', (now) => now.includes(customer.name))
  const at = list.indexOf(customer.name)
  assert.ok(at === 0 ? told.includes('First stop of the day') : told.includes(`After ${list[at - 1]}`), told)
  await until(async () => (await json(page, `/v1/days/${who.id}/${tomorrow}`)).stops
    .some((s) => s.customer_id === customer.id), 'saved day with the customer')
  assert.deepEqual(faults, [])
  await context.close()
})

// feature: Y30
test('the salesperson sees the day on the phone, checks in and checks out', async () => {
  const { context, page, faults } = await openPage(browser, {
    width: 390, height: 844, hasTouch: true, isMobile: true, deviceScaleFactor: 2,
    permissions: ['geolocation'],
  })
  await signIn(page, server.url, salesperson.login)
  const me = await (await page.request.get(`${server.url}/v1/me`)).json()
  const day = await (
    await page.request.get(`${server.url}/v1/days/${me.id}/${me.business_day}`, {
      headers: { 'X-Client': 'phone' },
    })
  ).json()
  const next = day.stops.find((s) => s.state === 'planned')
  await page.goto(`${server.url}/m?lang=en`)
  await page.getByRole('button', { name: 'Check in' }).waitFor()
  await settled(page)
  await shot(page, '06-phone-today')
  await page.getByRole('heading', { name: next.name }).waitFor()

  const [longitude, latitude] = next.position
  await context.setGeolocation({ longitude: longitude + 0.05, latitude, accuracy: 8 })
  await page.getByRole('button', { name: 'Check in' }).click()
  await page.getByText('from the customer').waitFor()
  await settled(page)
  await shot(page, '07-phone-too-far')
  await page.keyboard.press('Escape')
  await page.getByText('from the customer').waitFor({ state: 'detached' })

  await context.setGeolocation({ longitude, latitude, accuracy: 8 })
  await page.waitForTimeout(500)
  await page.getByRole('button', { name: 'Check in' }).click()
  await page.getByRole('button', { name: 'Check out' }).waitFor()
  await settled(page)
  await shot(page, '08-phone-checked-in')
  const priced = page.waitForResponse((r) => r.url().includes('/prices'))
  await page.getByRole('button', { name: 'Order', exact: true }).click()
  await page.locator('dialog .order-lines .round').first().click()
  assert.equal((await priced).status(), 200, 'this customer’s own price')
  await page.keyboard.press('Escape')
  await page.locator('dialog .order-lines').first().waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Check out' }).click()
  await page.locator('.sheet-form textarea').fill('Ordered two cases')
  await page.locator('.sheet-form button[type=submit]').click()
  await page.getByText(/[1-9]\d* of \d+ visited/).waitFor()
  await settled(page)
  await shot(page, '09-phone-checked-out')
  const visits = await (
    await page.request.get(`${server.url}/v1/visits?customer=${next.customer_id}&from=${me.business_day}`)
  ).json()
  assert.equal(visits.items[0].state, 'valid')
  assert.deepEqual(faults, [])
  await context.close()
})

test('another team’s customer does not exist for a salesperson', async () => {
  const { context, page } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  const all = await (await page.request.get(`${server.url}/v1/customers?limit=500`)).json()
  await page.context().clearCookies()
  await signIn(page, server.url, 'chenwei')
  const me = await (await page.request.get(`${server.url}/v1/me`)).json()
  const foreign = all.items.find((c) => c.owner_id !== me.id && c.team_id !== me.team.id)
  const get = (path) => page.request.get(`${server.url}${path}`)
  assert.equal((await get(`/v1/customers/${foreign.id}`)).status(), 404)
  const mine = await (await get('/v1/customers?limit=500')).json()
  assert.ok(mine.items.length > 0 && mine.items.every((c) => c.owner_id === me.id))
  const { total } = await (await get('/v1/customers/count')).json()
  assert.equal(total, mine.items.length)
  await context.close()
})

test('an order is cancelled with a reason, and tells it', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'admin')
  const [customer] = (await json(page, '/v1/customers?limit=1')).items
  const [product] = (await json(page, '/v1/products?limit=1')).items
  const made = await page.request.post(`${server.url}/v1/orders`, {
    data: { customer_id: customer.id, lines: [{ product_id: product.id, quantity: '1' }] },
    headers: { 'Idempotency-Key': crypto.randomUUID() },
  })
  assert.ok(made.ok(), await made.text())
  const order = await made.json()
  await page.goto(`${server.url}/orders?lang=en`)
  await page.getByText('Draft', { exact: true }).first().click()
  await page.getByRole('button', { name: new RegExp(order.number) }).click()
  await page.getByRole('button', { name: 'Cancel order' }).click()
  await page.getByLabel('Reason').fill('ordered twice')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel order' }).click()
  await page.getByText('Reason: ordered twice').waitFor()
  const now = await json(page, `/v1/orders/${order.id}`)
  assert.deepEqual([now.state, now.reason], ['cancelled', 'ordered twice'])
  assert.deepEqual(faults, [])
  await context.close()
})

test('every main page can be read in the dark, with all places of the rail on a low screen', async () => {
  const { context, page, faults } = await openPage(browser, { width: 1024, height: 768, colorScheme: 'dark' })
  await signIn(page, server.url, 'admin')
  const pages = [
    ['map?lang=zh', '.rows .row'], ['plan', '.team-days tbody tr'], ['live', '.rows .row'], ['leads', '.leads-tabs'],
    ['orders', '.trade-list li'], ['money', '.trade-ages'], ['visits', '.field-table tbody tr'],
    ['warnings', '.due li'], ['reports', '.report-row'], ['settings/roles', '.grid tbody tr'],
  ]
  for (const [path, sign] of pages) {
    await page.goto(`${server.url}/${path}`)
    await page.locator(sign).first().waitFor()
    await accessible(page, path)
  }
  const last = await page.locator('.rail-link').last().boundingBox()
  const foot = await page.locator('.rail-foot').boundingBox()
  assert.ok(last.y + last.height <= foot.y, `the last place ends at ${last.y + last.height}, the foot begins at ${foot.y}`)
  await shot(page, '12-dark-settings')
  assert.deepEqual(faults, [])
  await context.close()
})

// Where people are and were: on the live map together from afar and each alone near by,
// and a day replayed in the hand, beside somebody else's; what they did, in figures,
// pictures, a file and the hand; the visits that wait for their manager's yes; the phone that
// tells its way on duty, and the tracker that is paired by a QR code.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible, browser, endVisits, json, oneOfEach, openPage, server, settled, shot, signIn, until } from './harness.mjs'
import { textOf } from './qr.mjs'

oneOfEach()

// feature: Y35
test('everybody is on the live map once, together from afar, with the age of their position', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'dispatcher')
  const people = await json(page, '/v1/positions')
  assert.ok(people.length > 1)
  for (const p of people.filter((q) => q.age_s !== 600)) assert.equal(p.fresh, p.age_s < 600, 'older is not now')
  const [lon, lat] = people[0].position
  const counted = async () => {
    const crowds = await page.locator('.crowd-pin').allTextContents()
    return crowds.reduce((sum, n) => sum + Number(n), 0) + (await page.locator('.person-pin').count())
  }
  await page.goto(`${server.url}/live?lang=en&at=${lon},${lat},6`)
  await page.locator('.crowd-pin').first().waitFor()
  await until(async () => (await counted()) === people.length, 'mark for everybody from afar')
  await settled(page)
  await shot(page, '12-live-afar')
  await page.goto(`${server.url}/live?lang=zh&at=${lon},${lat},17.5`)
  await until(async () => (await page.locator('.person-pin').count()) === people.length, 'mark of their own for everybody')
  assert.equal(await page.locator('.crowd-pin').count(), 0)
  for (const pin of await page.locator('.person-pin').all()) {
    const shown = await pin.evaluate((e) => ({ ...e.dataset }))
    assert.ok(shown.age, 'an age beside every position')
    assert.equal(shown.now === 'old', shown.fresh === 'false', 'an old position is not shown as now')
  }
  assert.deepEqual(faults, [])
  await context.close()
})

// longDays finds two people whose ways of one finished day last hours, and how many days
// ago that was: the demo's last days were driven, whatever the time is now.
async function longDays(page) {
  const me = await json(page, '/v1/me')
  const people = (await json(page, '/v1/people?role=salesperson&limit=100')).items
  for (let back = 1; back <= 8; back++) {
    const date = new Date(Date.parse(me.business_day) - back * 86_400_000).toISOString().slice(0, 10)
    const found = []
    for (const p of people.slice(0, 4)) {
      const times = (await json(page, `/v1/tracks/${p.id}/${date}`)).fixes.map((f) => Date.parse(f.at))
      const [from, to] = [times[0], times.at(-1)]
      if (to - from > 4 * 3_600_000) found.push({ id: p.id, from, to })
      if (found.length === 2) return { back, date, found }
    }
  }
  assert.fail('no two people with a way on one day')
}

// feature: Y33
test('a day is replayed in the hand, with stays, and beside somebody else', async () => {
  const { context, page, faults } = await openPage(browser, {
    width: 390, height: 844, hasTouch: true, isMobile: true, deviceScaleFactor: 2,
  })
  await signIn(page, server.url, 'manager')
  const { back, date, found: [one, two] } = await longDays(page)
  await page.goto(`${server.url}/m/replay/${one.id}?lang=en`)
  for (let n = 0; n < back; n++) await page.getByRole('button', { name: 'Day before' }).click()
  const slider = page.getByRole('slider', { name: 'Time' })
  const shown = () => slider.evaluate((e) => ({ min: Number(e.min), max: Number(e.max), at: Number(e.value) }))
  const near = (a, b) => Math.abs(a - b) <= 1000 // a step of the slider
  await until(async () => (await slider.count()) && near((await shown()).min, one.from), 'day of the one')
  const alone = await shown()
  assert.ok(near(alone.max, one.to) && near(alone.at, one.to), 'the whole day at first')
  const { stays } = await json(page, `/v1/track-reports/${one.id}?from=${date}`)
  const rows = page.locator('.mine-stays button')
  await rows.first().waitFor()
  assert.ok(stays.length > 0 && (await rows.count()) >= stays.length, 'a row a stay')
  await rows.first().click()
  await until(async () => (await shown()).at < alone.max, 'time of the first stay')
  await page.getByLabel('Compare with').selectOption(String(two.id))
  const both = { min: Math.min(one.from, two.from), max: Math.max(one.to, two.to) }
  await until(async () => {
    const now = await shown()
    return near(now.min, both.min) && near(now.max, both.max)
  }, 'span of both')
  await slider.fill(String(both.min + 3_600_000))
  await page.locator('.avatar').nth(1).waitFor()
  const before = (await shown()).at
  await page.getByRole('button', { name: 'Play' }).click()
  await until(async () => (await shown()).at > before, 'move of the replay')
  await page.getByRole('button', { name: 'Pause' }).click()
  assert.ok((await slider.boundingBox()).height >= 44, 'a thumb finds the slider')
  await settled(page)
  await shot(page, '13-phone-replay')
  await accessible(page, 'replay')
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(`${server.url}/m/map?lang=zh&person=${one.id}`)
  await page.getByRole('button', { name: '轨迹回放' }).click()
  await page.getByRole('button', { name: '前一天' }).click()
  await settled(page)
  await shot(page, '14-phone-replay-zh-dark')
  await page.goBack()
  await page.getByRole('button', { name: '轨迹回放' }).waitFor()
  await settled(page)
  await shot(page, '15-phone-live-zh-dark')
  const layers = await page.locator('.phone-layers').boundingBox()
  assert.ok(layers.height < 60 && layers.x > 300, 'the layers are one button at the right')
  await accessible(page, 'followed')
  assert.deepEqual(faults, [])
  await context.close()
})

// figures are the cells of a table, a row each, as texts.
const figures = (table) => table.locator('tbody tr').evaluateAll((rows) =>
  rows.map((r) => [...r.children].map((c) => c.firstChild?.textContent?.trim() ?? '')))

// feature: Y32
test('the work of the team is the same in the table, the pictures, the file and the hand', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  const me = await json(page, '/v1/me')
  const from = new Date(Date.parse(me.business_day) - 6 * 86_400_000).toISOString().slice(0, 10)
  const work = () => json(page, `/v1/workload?from=${from}`)
  await until(async () => (await work()).every((w) => w.road_s !== null), 'time on the road of everybody')
  assert.ok((await work()).some((w) => w.road_s > 600 && w.records > 0), 'somebody drove and visited')
  const sum = (rows, of) => rows.reduce((n, w) => n + of(w), 0)
  const minutes = (s) => Math.round(s / 60)

  await page.goto(`${server.url}/visits?lang=en&days=7`)
  await until(async () => {
    const shown = (await figures(page.locator('.field-table'))).map((r) => [Number(r[1]), Number(r[2])])
    const told = (await work()).filter((w) => w.records > 0).map((w) => [w.records, w.customers])
    const sorted = (rows) => JSON.stringify(rows.filter(([n]) => n > 0).sort((a, b) => b[0] - a[0] || b[1] - a[1]))
    return shown.length > 0 && sorted(shown) === sorted(told)
  }, 'table of the work')
  await settled(page)
  await shot(page, '16-work')
  await accessible(page, 'work')

  await page.getByText('Charts', { exact: true }).click()
  const picture = (title) => page.locator('section').filter({ has: page.getByRole('heading', { name: title }) }).last()
  const time = picture('On site and on the road')
  await time.locator('svg').first().waitFor()
  await time.getByText('Figures').click()
  await until(async () => {
    const shown = await figures(time.locator('table'))
    const told = await work()
    const [site, road] = [1, 2].map((k) => sum(shown, (r) => Number(r[k].replaceAll(',', ''))))
    return site === sum(told, (w) => minutes(w.on_site_s)) && road === sum(told, (w) => minutes(w.road_s)) && road > 0
  }, 'table beside the picture of the minutes')
  await until(async () => {
    const told = sum(await work(), (w) => w.records)
    return (await page.getByText(`${told.toLocaleString('en-US')} visits at`).count()) === 1
  }, 'heat of as many visits')
  await picture('Visits against the cycle').locator('svg').first().waitFor()
  await settled(page)
  await shot(page, '17-charts')
  await accessible(page, 'charts')

  await until(async () => {
    const file = await (await page.request.get(`${server.url}/v1/workload/export.csv?language=en&from=${from}`)).text()
    const lines = file.trim().split(/\r?\n/).slice(1).map((l) => l.split(','))
    const told = await work()
    return lines.length === told.length && sum(lines, (l) => Number(l[1])) === sum(told, (w) => w.records) &&
      sum(lines, (l) => Number(l[6])) === sum(told, (w) => minutes(w.road_s))
  }, 'file with the same sums')

  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(`${server.url}/m/team?lang=en`)
  await page.getByRole('link', { name: 'The team’s work' }).click()
  await page.getByRole('button', { name: '7 days' }).click()
  await until(async () => {
    const told = sum(await work(), (w) => w.records)
    return (await page.locator('.mine-figure b').first().innerText()) === told.toLocaleString('en-US')
  }, 'same records in the hand')
  await settled(page)
  await shot(page, '18-phone-work')
  await accessible(page, 'work in the hand')
  assert.deepEqual(faults, [])
  await context.close()
})

// sentLate makes a visit that waits for a yes: begun, ended and sent afterwards.
async function sentLate(page, nth) {
  const send = async (path, data) => {
    const r = await page.request.post(`${server.url}${path}`,
      { data, headers: { 'Idempotency-Key': crypto.randomUUID(), 'X-Client': 'phone' } })
    assert.ok(r.ok(), `${path}: ${r.status()} ${await r.text()}`)
    return r.json()
  }
  const me = await json(page, '/v1/me')
  const seen = new Set((await json(page, `/v1/visits?person=${me.id}&from=${me.business_day}&limit=200`)).items.map((v) => v.customer_id))
  const shop = (await json(page, `/v1/customers?owner=${me.id}&limit=200`)).items.filter((c) => c.position && !seen.has(c.id))[nth]
  const [at, sent_at] = [1000, 0].map((ago) => new Date(Date.now() - ago).toISOString())
  const fix = { position: shop.position, accuracy_m: 8, at, sent_at }
  const visit = await send('/v1/visits', { customer_id: shop.id, fix, late: true })
  const ended = await send(`/v1/visits/${visit.id}/check-out`, { fix, late: true, notes: 'no network' })
  assert.equal(ended.state, 'pending')
  return { ...ended, name: shop.name }
}

test('a late visit waits for the manager, who says yes in the hand or no at the desk', async () => {
  const office = await openPage(browser)
  await signIn(office.page, server.url, 'admin')
  const rules = await json(office.page, '/v1/visit-policy')
  delete rules.$schema
  const set = await office.page.request.put(`${server.url}/v1/visit-policy`,
    { data: { ...rules, approve_late: true }, headers: { 'Idempotency-Key': crypto.randomUUID() } })
  assert.ok(set.ok(), await set.text())
  await office.context.close()
  const field = await openPage(browser)
  await signIn(field.page, server.url, 'chenwei')
  await endVisits(field.page, server.url)
  const [one, two] = [await sentLate(field.page, 0), await sentLate(field.page, 1)]
  await field.context.close()

  const { context, page, faults } = await openPage(browser, {
    width: 390, height: 844, hasTouch: true, isMobile: true, deviceScaleFactor: 2,
  })
  await signIn(page, server.url, 'manager')
  await page.goto(`${server.url}/m/approvals?lang=zh`)
  await page.getByRole('button', { name: one.name }).click()
  await page.getByText('no network').waitFor()
  await settled(page)
  await shot(page, '19-phone-pending')
  await accessible(page, 'pending')
  await page.getByRole('button', { name: '驳回' }).click()
  await page.getByRole('alert').waitFor() // not without a reason
  await page.getByRole('button', { name: '通过', exact: true }).click()
  await page.getByRole('button', { name: one.name }).waitFor({ state: 'detached' })
  assert.equal((await json(page, `/v1/visits/${one.id}`)).state, 'valid')
  await page.getByRole('button', { name: two.name }).waitFor()

  await page.setViewportSize({ width: 1440, height: 900 })
  await page.goto(`${server.url}/approvals?lang=en`)
  const [heading, bar] = [page.getByRole('heading', { level: 1, name: 'Approvals' }), page.locator('.command')]
  await heading.waitFor()
  const [head, command] = [await heading.boundingBox(), await bar.boundingBox()]
  assert.ok(head.y < 40, `the heading begins at the top, not at ${head.y}`)
  assert.ok(command.x > head.x + head.width, 'the command bar stands beside the list')
  await settled(page)
  await shot(page, '20-approvals')
  await page.getByRole('link', { name: 'Visits waiting for approval: 1' }).click()
  await page.getByRole('button', { name: two.name }).click()
  await page.getByRole('button', { name: 'Reject' }).click()
  await page.getByRole('dialog').getByLabel('Why').fill('closed on that day')
  await page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click()
  await page.getByText('No visit waits for approval').waitFor()
  const no = await json(page, `/v1/visits/${two.id}`)
  assert.deepEqual([no.state, no.decision], ['rejected', 'closed on that day'])
  assert.deepEqual(faults, [])
  await context.close()
})

const command = () => ({ headers: { 'Idempotency-Key': crypto.randomUUID() } })

// agreed lets whoever is signed in be located, on duty or off; and tells who that is.
async function agreed(page, on) {
  const consent = await json(page, '/v1/me/consent')
  const given = await page.request.put(`${server.url}/v1/me/consent`,
    { ...command(), data: { given: true, version: consent.current } })
  const punched = await page.request.post(`${server.url}/v1/duty`, { ...command(), data: { on } })
  assert.ok(given.ok() && punched.ok(), `${given.status()} ${punched.status()}`)
  return json(page, '/v1/me')
}

test('the phone tells where it is while its owner is on duty, and at no other time', async () => {
  const { context, page } = await openPage(browser, {
    width: 390, height: 844, hasTouch: true, permissions: ['geolocation'], serviceWorkers: 'block',
  })
  await signIn(page, server.url, 'zhoujie')
  const me = await agreed(page, false)
  const sent = []
  page.on('request', (r) => {
    if (r.method() === 'POST' && r.url().endsWith('/v1/positions')) sent.push(...r.postDataJSON().fixes)
  })
  const at = (place) => context.setGeolocation({ longitude: place[0], latitude: place[1], accuracy: 7 })
  const near = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]) < 2e-5
  const [before, during, after] = [[-75.211111, 39.1], [-75.222222, 39.1], [-75.233333, 39.1]]
  await at(before)
  await page.clock.install()
  await page.goto(`${server.url}/m/today?lang=en`)
  const duty = page.getByRole('switch')
  await duty.and(page.locator('[aria-checked=false]')).waitFor()
  await page.clock.runFor(60_000) // three times as long as between two batches
  assert.deepEqual(sent, [], 'nothing off duty')
  await duty.click()
  await duty.and(page.locator('[aria-checked=true]')).waitFor()
  await at(during)
  await until(async () => {
    await page.clock.runFor(20_000)
    return sent.some((f) => near(f.position, during))
  }, 'position on duty')
  await duty.click()
  await duty.and(page.locator('[aria-checked=false]')).waitFor()
  sent.length = 0
  await at(after)
  await page.clock.runFor(60_000)
  assert.deepEqual(sent, [], 'nothing off duty any more')
  await signIn(page, server.url, 'admin')
  await until(async () => (await json(page, `/v1/tracks/${me.id}/${me.business_day}`)).fixes
    .some((f) => near(f.position, during)), 'position on the track')
  await context.close()
})

// What the tracker app makes of the code (docs/trackers.md): the address without its
// parameters is where it sends, the parameter id is its device identifier.
test('a tracker is paired by its QR code, and what it sends as the code says arrives, until it is revoked', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'chenwei')
  const me = await agreed(page, true)
  await signIn(page, server.url, 'admin')
  await page.goto(`${server.url}/people?lang=en`)
  await page.getByRole('list', { name: 'People' }).getByRole('button', { name: me.name }).click()
  await page.getByLabel('Name of the tracker').fill('Phone of the van')
  const devices = page.getByRole('region', { name: 'Trackers' })
  await devices.getByRole('button', { name: 'Add' }).click()
  const code = page.getByRole('img', { name: /^Scan it with/ })
  await code.waitFor()
  const link = new URL(await until(() => textOf(code), 'QR code'))
  await code.scrollIntoViewIfNeeded()
  await shot(page, '16-tracker-code')
  const token = (await devices.locator('.secret').textContent()).trim()
  assert.deepEqual([link.origin, link.pathname, [...link.searchParams]], [server.url, '/osmand', [['id', token]]])

  const place = [-75.123456, 39.054321]
  const ahead = Date.parse(me.now) - Date.now() // the demo’s clock stands elsewhere
  const send = () => fetch(link.origin + link.pathname, {
    method: 'POST', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      device_id: link.searchParams.get('id'),
      location: {
        timestamp: new Date(Date.now() + ahead).toISOString(), is_moving: true, uuid: crypto.randomUUID(), odometer: 12.5,
        coords: { latitude: place[1], longitude: place[0], accuracy: 6, speed: -1, heading: -1, altitude: 12 },
        battery: { level: 0.8, is_charging: false },
      },
    }),
  })
  assert.equal((await send()).status, 200)
  const near = (p) => Math.hypot(p[0] - place[0], p[1] - place[1]) < 2e-5
  await until(async () => (await json(page, `/v1/tracks/${me.id}/${me.business_day}`)).fixes.some((f) => near(f.position)),
    'position of the tracker')
  await devices.getByRole('listitem').filter({ hasText: 'Phone of the van' }).getByRole('button').click()
  const gone = page.waitForResponse((r) => r.request().method() === 'DELETE' && r.url().includes('/devices/'))
  await page.locator('.ant-popconfirm').getByRole('button', { name: 'Revoke' }).click()
  assert.equal((await gone).status(), 204)
  await until(async () => (await send()).status === 404, 'end of the revoked tracker')
  assert.deepEqual(faults, [])
  await context.close()
})

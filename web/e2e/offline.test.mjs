/* global navigator, caches */
// A salesperson's morning without a network: the page opens, every screen of it, visits
// are made with photos, and everything arrives once and in order when the network is back,
// also when it breaks off in the middle of an upload.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browser, endVisits, oneOfEach, openPage, server, shot, signIn, until } from './harness.mjs'
import { wire } from './wire.mjs'

oneOfEach({ browserArgs: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] })

const command = () => ({ headers: { 'Idempotency-Key': crypto.randomUUID() } })

// laidIn waits until the files of all screens are on the phone.
const laidIn = (page) => until(() => page.evaluate(async () =>
  navigator.serviceWorker.controller && Boolean(await caches.match('/m/files.json'))), 'files on the phone')

test('a morning offline is kept, sent once and complete', async (t) => {
  const { context, page, faults } = await openPage(browser, {
    width: 390, height: 844, permissions: ['geolocation', 'camera'], hasTouch: true,
  })
  const api = page.request
  await signIn(page, server.url, 'zhoujie')
  const me = await (await api.get(`${server.url}/v1/me`)).json()
  const path = `${server.url}/v1/days/${me.id}/${me.business_day}`
  await signIn(page, server.url, 'manager')
  const published = await api.post(`${path}/publish`, command())
  assert.ok(published.ok(), await published.text())
  await signIn(page, server.url, 'admin')
  const formed = await api.put(`${server.url}/v1/visit-forms/morning_shelf`, {
    ...command(), data: {
      kind: 'shelf', title: 'Shelf of the morning', active: true, required: false, customer_kinds: [], place: 1,
      fields: [{ name: 'facing', label: 'Our facings', type: 'number', required: true },
        { name: 'clean', label: 'Clean', type: 'yes_no', required: false }],
    },
  })
  assert.ok(formed.ok(), await formed.text())
  await signIn(page, server.url, 'zhoujie')
  await endVisits(page, server.url)
  const day = await (await api.get(path, { headers: { 'X-Client': 'phone' } })).json()
  const stops = day.stops.filter((s) => s.state === 'planned' && s.position).slice(0, 3)
  assert.equal(stops.length, 3, 'three stops to drive')
  const stand = (s) => context.setGeolocation({ longitude: s.position[0], latitude: s.position[1], accuracy: 10 })
  const word = (name) => page.getByRole('button', { name, exact: true })

  // Opened once, and never again with a network: all the rest comes from the phone.
  const line = await wire(server.url)
  t.after(() => line.close())
  await page.goto(`${line.url}/m/today`)
  await word('Check in').waitFor()
  await laidIn(page)
  await until(() => page.evaluate(async (addresses) => {
    const kept = await caches.open('beatplan-data-1')
    return (await Promise.all(addresses.map((a) => kept.match(a)))).every(Boolean)
  }, ['/v1/me', `/v1/days/${me.id}/${me.business_day}`]), 'kept day')

  await context.setOffline(true)
  await page.reload()
  let waiting = 0
  const more = () => page.locator('.strip', { hasText: `${++waiting} waiting to be sent` }).waitFor()
  for (const [i, s] of stops.entries()) {
    await stand(s)
    await page.locator('.next h2', { hasText: s.name }).waitFor()
    await word('Check in').click()
    await more()
    await word('Photo').click()
    await word('Take photo').click()
    await more()
    await page.getByRole('button', { name: /^Steps 0\// }).click()
    const form = page.locator('dialog')
    const listed = form.getByRole('button', { name: /Shelf of the morning/ })
    await listed.or(form.getByLabel('Our facings')).first().waitFor()
    if (await listed.count()) await listed.click()
    await form.getByLabel('Our facings').fill(String(i + 2))
    await word('Save').click()
    await more()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: /^Steps 1\// }).waitFor()
    await word('Check out').click()
    if (i === 0) await page.getByLabel('Person met').fill('Ms Chen')
    await page.locator('dialog').getByRole('button', { name: 'Check out' }).click()
    await more()
  }
  await page.reload() // the app was killed; what waits is still there
  await page.locator('.strip', { hasText: '12 waiting to be sent' }).waitFor()
  await shot(page, 'field-offline')

  // The network comes back and goes away in the middle of the first photo.
  const lost = line.cut(/^POST \/v1\/visits\/\d+\/photos/, 4000)
  const broken = page.waitForEvent('requestfailed', (r) => r.url().includes('/photos'))
  await context.setOffline(false)
  await lost
  await broken
  await page.locator('.strip', { hasText: '11 waiting to be sent' }).waitFor()
  line.mend()
  await context.setOffline(true) // as a phone tells its pages that the network is back
  await context.setOffline(false)
  await page.locator('.strip').waitFor({ state: 'detached' })

  const found = await (await api.get(`${server.url}/v1/visits?person=${me.id}&from=${me.business_day}`)).json()
  const mine = stops.map((s) => found.items.filter((v) => v.customer_id === s.customer_id))
  assert.deepEqual(mine.map((v) => v.length), [1, 1, 1], 'each visit once')
  assert.deepEqual(mine.map(([v]) => v.state), ['valid', 'valid', 'valid'])
  assert.equal(mine[0][0].person_met, 'Ms Chen')
  assert.deepEqual(mine.map(([v]) => v.late), [true, true, true])
  for (const [v] of mine) {
    const photos = await (await api.get(`${server.url}/v1/visits/${v.id}/photos`)).json()
    assert.equal(photos.length, 1, `photos of ${v.customer_name}`)
    assert.ok(Date.parse(photos[0].taken_at) <= Date.parse(v.check_out_at) + 120_000)
  }
  for (const [i, [v]] of mine.entries()) {
    const steps = await (await api.get(`${server.url}/v1/visits/${v.id}/steps`)).json()
    assert.deepEqual(steps.find((s) => s.title === 'Shelf of the morning').answers, { facing: i + 2 })
  }
  const order = mine.map(([v]) => Date.parse(v.check_in_at))
  assert.deepEqual([...order].sort((a, b) => a - b), order, 'in the order in which they were made')

  // A session that was ended leaves no answers on the device at the next contact.
  await api.delete(`${server.url}/v1/sessions/current`)
  await page.evaluate(() => fetch('/v1/me'))
  await until(() => page.evaluate(async () => !(await caches.has('beatplan-data-1'))), 'wiped cache')
  const real = faults.filter((f) => !/ERR_INTERNET_DISCONNECTED|Failed to load|net::ERR/.test(f))
  assert.deepEqual(real, [])
  await context.close()
})

test('the kept customers are found without a network, the nearest first', async () => {
  const { context, page } = await openPage(browser, {
    width: 390, height: 844, hasTouch: true, permissions: ['geolocation'],
  })
  await signIn(page, server.url, 'chenwei')
  const { items } = await (await page.request.get(`${server.url}/v1/customers?limit=500&sort=name`)).json()
  const [shop] = items.filter((c) => c.position && items.every((o) => o === c || o.name !== c.name)).slice(-1)
  await context.setGeolocation({ longitude: shop.position[0], latitude: shop.position[1], accuracy: 5 })
  await page.goto(`${server.url}/m/today`)
  await laidIn(page)
  await until(() => page.evaluate(async () =>
    Boolean(await (await caches.open('beatplan-data-1')).match('/v1/customers?limit=500&sort=name'))), 'kept customers')
  await context.setOffline(true)
  await page.getByRole('link', { name: 'Customers' }).click()
  await page.getByText(/customers kept on the phone/).waitFor()
  await page.getByRole('button', { name: 'Nearest first' }).click()
  await page.locator('.people li').first().getByText(shop.name).waitFor()
  await shot(page, 'field-customers-offline')
  await context.setOffline(false)
  await page.getByText(/customers kept on the phone/).waitFor({ state: 'detached' })
  await page.locator('.people li').first().getByText(shop.name).waitFor() // and so says the server
  await context.close()
})

const sellers = ['/map', '/customers', '/customers/new', '/messages', '/collect', '/prospects', '/pool', '/leads',
  '/me', '/me/track', '/me/numbers', '/today']
const leaders = ['/team', '/calls', '/map', '/customers', '/messages', '/approvals', '/replay/2', '/me']

test('every screen opens without a network', async () => {
  for (const [login, screens] of [['chenwei', sellers], ['manager', leaders]]) {
    const { context, page } = await openPage(browser, { width: 390, height: 844, hasTouch: true })
    await signIn(page, server.url, login)
    await page.goto(`${server.url}/m`)
    await page.locator('nav.tabs').waitFor()
    await laidIn(page)
    await context.setOffline(true)
    for (const path of screens) {
      await page.goto(`${server.url}/m${path}`)
      await page.locator('main.page').locator('h1, h2, .failure').first().waitFor()
      assert.equal(await page.getByText('not on the phone yet').count(), 0, path)
      assert.equal(await page.getByText('This screen broke').count(), 0, path)
    }
    await context.close()
  }
})

test('a screen that is not on the phone says so, and opens when the network is back', async () => {
  const { context, page } = await openPage(browser, {
    width: 390, height: 844, hasTouch: true, serviceWorkers: 'block',
  })
  await signIn(page, server.url, 'chenwei')
  await page.goto(`${server.url}/m/me`)
  await page.getByRole('heading', { name: 'Me' }).waitFor()
  await context.setOffline(true)
  await page.getByRole('link', { name: 'My numbers' }).click()
  await page.getByText('This screen is not on the phone yet').waitFor()
  await page.getByRole('link', { name: 'Me', exact: true }).waitFor() // the tabs stay
  await shot(page, 'field-not-here')
  await context.setOffline(false)
  await page.getByText('This screen is not on the phone yet').waitFor({ state: 'detached' })
  await page.locator('h1', { hasText: 'My numbers' }).waitFor()
  await context.close()
})

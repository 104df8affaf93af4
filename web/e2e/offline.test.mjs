/* global navigator, caches */
// A salesperson's morning without a network: the page opens, visits are made with
// photos, and everything arrives once and in order when the network is back, also
// when it breaks off in the middle of an upload.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browser, oneOfEach, openPage, server, shot, signIn, until } from './harness.mjs'

oneOfEach({ browserArgs: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] })

const command = () => ({ headers: { 'Idempotency-Key': crypto.randomUUID() } })

test('a morning offline is kept, sent once and complete', async () => {
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
  await signIn(page, server.url, 'zhoujie')
  const day = await (await api.get(path, { headers: { 'X-Client': 'phone' } })).json()
  const stops = day.stops.filter((s) => s.state === 'planned' && s.position).slice(0, 3)
  assert.equal(stops.length, 3, 'three stops to drive')
  const stand = (s) => context.setGeolocation({ longitude: s.position[0], latitude: s.position[1], accuracy: 10 })
  const word = (name) => page.getByRole('button', { name, exact: true })

  await stand(stops[0])
  await page.goto(`${server.url}/m/today`)
  await word('Check in').waitFor()
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.reload() // now the worker keeps what is read
  await word('Check in').waitFor()
  // Files that come later must be there before the network goes.
  await page.evaluate(async () => {
    const sources = performance.getEntriesByType('resource').map((r) => r.name)
    await Promise.all(sources.filter((s) => s.includes('/assets/')).map((s) => fetch(s)))
  })
  // The camera is fetched by its first use.
  await word('Check in').click()
  await word('Check out').waitFor()
  await word('Photo').click()
  await page.locator('video.finder').waitFor()
  await word('Take photo').click()
  await page.getByText('Photo received').waitFor()

  await context.setOffline(true)
  await word('Check out').click()
  await page.getByLabel('Person met').fill('Ms Chen')
  await page.locator('dialog').getByRole('button', { name: 'Check out' }).click()
  await page.getByText(/1 waiting to be sent/).waitFor()
  for (const [i, s] of stops.slice(1).entries()) {
    await stand(s)
    await page.waitForTimeout(1200) // one photo a second: the fake camera moves
    await page.locator('.next h2', { hasText: s.name }).waitFor()
    await word('Check in').click()
    await word('Check out').waitFor()
    await word('Photo').click()
    await word('Take photo').click()
    await page.getByText(new RegExp(`${3 * i + 3} waiting to be sent`)).waitFor()
    await word('Check out').click()
    await page.locator('dialog').getByRole('button', { name: 'Check out' }).click()
    await page.getByText(new RegExp(`${3 * i + 4} waiting to be sent`)).waitFor()
  }
  await page.reload() // the app was killed; what waits is still there
  await page.getByText(/7 waiting to be sent/).waitFor()
  await shot(page, 'field-offline')

  // The network comes back slowly and goes away in the middle of the first photo.
  const cdp = await context.newCDPSession(page)
  const slow = { offline: false, latency: 20, downloadThroughput: 100_000, uploadThroughput: 4_000 }
  await cdp.send('Network.enable')
  const uploading = page.waitForRequest((r) => r.url().includes('/photos'))
  await context.setOffline(false)
  await cdp.send('Network.emulateNetworkConditions', slow)
  await uploading
  await context.setOffline(true)
  await page.getByText(/No network/).waitFor()
  await cdp.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1, downloadThroughput: -1 })
  await context.setOffline(false)
  await page.getByText(/waiting to be sent/).waitFor({ state: 'hidden' })

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
  const order = mine.map(([v]) => Date.parse(v.check_in_at))
  assert.deepEqual([...order].sort((a, b) => a - b), order, 'in the order in which they were made')

  // A session that was ended leaves nothing on the device at the next contact.
  await api.delete(`${server.url}/v1/sessions/current`)
  await page.evaluate(() => fetch('/v1/me'))
  await until(() => page.evaluate(async () => !(await caches.has('beatplan-data-1'))), 'wiped cache')
  const real = faults.filter((f) => !/ERR_INTERNET_DISCONNECTED|Failed to load|net::ERR/.test(f))
  assert.deepEqual(real, [])
  await context.close()
})

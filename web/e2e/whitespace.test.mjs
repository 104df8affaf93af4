// White space. On the phone: the shops around that are no customers yet; one becomes a
// customer, one is dismissed and comes back. At the desk: a cell, the rules, and files of
// people, taken whole or not at all; shops on the way of a day become optional stops of it.
// axe finds no serious fault.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible, browser, json, oneOfEach, openPage, server, shot, signIn, until } from './harness.mjs'

oneOfEach()

const prospects = async (page, query) =>
  (await page.request.get(`${server.url}/v1/whitespace/prospects?limit=100${query}`)).json()

test('who is on the way makes a customer of a shop nearby, and dismisses another', async () => {
  const near = { longitude: -75.5243, latitude: 39.1582 }
  const { context, page, faults } = await openPage(browser, {
    width: 390, height: 844, hasTouch: true, isMobile: true, geolocation: near, permissions: ['geolocation'],
  })
  await signIn(page, server.url, 'manager')
  await page.goto(`${server.url}/m/customers`)
  await page.getByRole('link', { name: 'Shops near me' }).click()
  await page.getByRole('button', { name: 'Find me and look' }).click()
  const rows = page.locator('li.prospect')
  await rows.first().waitFor()
  await shot(page, 'white-phone')
  await accessible(page)
  const at = `&near=${near.longitude},${near.latitude}`
  const before = await prospects(page, at)
  assert.equal(await rows.first().locator('b').innerText().then((n) => n.includes(before.items[0].name)), true)
  for (const b of await page.locator('li.prospect button, li.prospect a').all()) {
    const box = await b.boundingBox()
    assert.ok(box.width >= 44 && box.height >= 44, `${box.width} × ${box.height}`)
  }
  await rows.nth(1).getByRole('button', { name: /No prospect/ }).click()
  await page.getByRole('button', { name: 'Undo' }).waitFor()
  assert.equal((await prospects(page, at)).total, before.total - 1)
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' })
  assert.equal((await prospects(page, at)).total, before.total)
  await rows.first().getByRole('button', { name: /Make a customer/ }).click()
  await rows.first().locator('a[href^="/m/customers/"]').waitFor()
  assert.equal((await prospects(page, at)).total, before.total - 1)
  await rows.first().getByRole('button', { name: /^Navigate to/ }).click()
  await page.getByRole('dialog').getByRole('link').first().waitFor()
  await shot(page, 'white-phone-done')
  assert.deepEqual(faults, [])
  await context.close()
})

test('a manager reads a cell, sets the rules and brings a file', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  await page.goto(`${server.url}/whitespace?lang=en`)
  await page.locator('ol.white-rows button').first().click()
  await page.getByRole('button', { name: 'All cells' }).waitFor()
  await page.locator('ul.white-rows li').first().waitFor()
  await accessible(page, 'cell')
  await shot(page, 'white-cell')
  const tab = (name) => page.locator('.ant-segmented-item-label', { hasText: name }).click()
  await tab('Rules')
  await page.getByLabel('People that make a point (0: none)').fill('2000')
  await page.getByRole('button', { name: 'Save rules' }).click()
  await page.getByText('every cell is counted anew').waitFor()
  const file = (text) => page.locator('input[type=file]').setInputFiles({
    name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text),
  })
  await file('lon,lat,population\n-75.52,39.15,4000\n-75.52,95,10\n')
  await page.locator('.white-faults li').first().waitFor()
  const layers = async () => (await (await page.request.get(`${server.url}/v1/whitespace/layers`)).json()) ?? []
  assert.equal((await layers()).length, 0, 'nothing of a bad file is taken')
  await file('lon,lat,population\n-75.52,39.15,4000\n-75.53,39.16,2500\n')
  await page.getByRole('button', { name: 'Delete the file: people.csv' }).waitFor()
  assert.equal((await layers())[0].rows, 2)
  await accessible(page, 'rules')
  await shot(page, 'white-rules')
  assert.deepEqual(faults, [])
  await context.close()
})

test('a manager puts shops on the way of a day onto it, as stops that may be left out', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  const { person, date, shops } = await aWay(page)
  await page.goto(`${server.url}/whitespace?lang=en`)
  await page.locator('.ant-segmented-item-label', { hasText: 'On the way' }).click()
  const day = page.getByLabel('Day', { exact: true })
  await day.fill(date)
  await day.press('Enter')
  const who = page.getByLabel('Whose way')
  await who.fill(person.name)
  await page.locator('.ant-select-item-option', { hasText: person.name }).first().click()
  const rows = page.getByRole('list', { name: 'Shops on the way' })
  await rows.getByText(shops[0].name).first().waitFor()
  const before = await json(page, `/v1/days/${person.id}/${date}`)
  const two = Math.min(2, shops.length)
  for (const shop of shops.slice(0, two)) {
    await rows.getByRole('listitem').filter({ hasText: shop.address }).getByRole('checkbox').first().check()
  }
  await accessible(page, 'on the way')
  await shot(page, 'white-way')
  await page.getByRole('button', { name: `Add to the day (${two})` }).click()
  await until(async () => (await json(page, `/v1/days/${person.id}/${date}`)).stops.length === before.stops.length + two, 'stops')
  const { stops } = await json(page, `/v1/days/${person.id}/${date}`)
  const fresh = stops.filter((s) => !before.stops.some((b) => b.customer_id === s.customer_id))
  assert.ok(fresh.length === two && fresh.every((s) => s.optional), 'the new stops may be left out')
  const taken = await prospects(page, '&state=taken')
  assert.ok(fresh.every((s) => taken.items.some((p) => p.customer_id === s.customer_id)), 'they are the shops')
  assert.deepEqual(faults, [])
  await context.close()
})

/** Somebody's coming day with shops near its way. */
async function aWay(page) {
  const { business_day: today } = await json(page, '/v1/me')
  const people = (await json(page, '/v1/people?limit=200')).items.filter((p) => p.active && p.role === 'salesperson')
  for (let ahead = 0; ahead <= 6; ahead++) {
    const date = new Date(Date.parse(today) + ahead * 864e5).toISOString().slice(0, 10)
    for (const person of people) {
      const answer = await page.request.get(`${server.url}/v1/whitespace/route-stops?person=${person.id}&date=${date}&within_m=1000`)
      // One without an address cannot be told from a customer of the same name elsewhere.
      const shops = (answer.ok() ? await answer.json() : []).filter((s) => s.address)
      if (shops.length > 0) return { person, date, shops }
    }
  }
  throw new Error('no day of anybody leads past a shop')
}

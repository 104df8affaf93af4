// Where people are: on the live map together from afar and each alone near by.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openPage, settled, shot, signIn, startBrowser, startServer, until } from './harness.mjs'

let server, browser
before(async () => {
  server = await startServer()
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

const json = async (page, path) => {
  const r = await page.request.get(`${server.url}${path}`)
  assert.ok(r.ok(), `${path}: ${r.status()}`)
  return r.json()
}

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

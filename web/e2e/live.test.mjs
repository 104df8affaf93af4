// Where people are and were: on the live map together from afar and each alone near by,
// and a day replayed in the hand, beside somebody else's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible, browser, json, oneOfEach, openPage, server, settled, shot, signIn, until } from './harness.mjs'

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

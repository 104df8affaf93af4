// A manager makes a scenario, has it optimised, moves a border by hand, takes it back and
// does it again, hands it in and publishes it for today; the director agrees, and the
// customers and their planned visits follow. axe finds no serious fault.
import assert from 'node:assert/strict'
import { test } from 'node:test'
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

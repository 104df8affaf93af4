// A manager makes a scenario, has it optimised, moves a border by hand, takes it back and
// does it again, hands it in and publishes it for today, and the customers follow. axe
// finds no serious fault.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible, openPage, settled, shot, signIn, startBrowser, startServer, until } from './harness.mjs'

let server, browser
before(async () => {
  server = await startServer()
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

const read = async (page, path) => {
  const r = await page.request.get(server.url + path)
  assert.ok(r.ok(), `${path}: ${r.status()}`)
  return r.json()
}

test('a scenario is made, optimised, mended by hand, published, and the customers follow', async () => {
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  await page.goto(`${server.url}/territories?lang=en`)
  await page.getByRole('button', { name: 'New scenario' }).click()
  await page.getByRole('button', { name: 'Optimise' }).click()
  await page.locator('.areas-hint', { hasText: 'above the bound' }).waitFor({ timeout: 120_000 })
  await settled(page)
  await accessible(page)
  await shot(page, 'areas-1-plan')

  const path = `/v1/territory-scenarios/${new URL(page.url()).pathname.split('/').pop()}`
  const edits = async () => (await read(page, path)).edits.map((e) => `${e.kind}${e.undone ? ' undone' : ''}`)
  const planned = async () => (await read(page, `${path}/units`)).person
  const optimised = await planned()
  assert.ok((await read(page, path)).plan.deviation < (await read(page, path)).today.deviation, 'the plan is more even')

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
  const moved = await planned()
  const hands = moved.filter((p, i) => p !== optimised[i]).length
  assert.ok(hands > 0, 'customers changed hands')
  await shot(page, 'areas-2-moved')
  await page.getByRole('button', { name: 'Undo' }).click()
  await until(async () => (await edits())[0] === 'move undone', 'undo')
  assert.deepEqual(await planned(), optimised)
  await page.getByRole('button', { name: 'Redo' }).click()
  await until(async () => (await edits())[0] === 'move', 'redo')
  assert.deepEqual(await planned(), moved)

  await page.getByRole('button', { name: 'Submit' }).click()
  await page.getByRole('button', { name: 'Publish' }).click()
  const dialog = page.getByRole('dialog')
  const { business_day: today } = await read(page, '/v1/me') // of the company, not of the browser
  const day = dialog.getByLabel('In force on')
  await day.fill(today)
  await day.press('Enter')
  await page.waitForFunction((d) => document.querySelector('.areas-date input')?.value === d, today)
  await shot(page, 'areas-3-publish')
  await accessible(page)
  await dialog.getByRole('button', { name: 'Publish' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await until(async () => (await read(page, path)).state === 'live', 'scenario in force') // nobody stands above
  const units = await read(page, `${path}/units`)
  const at = units.person.findIndex((p, i) => p !== units.was[i] && !units.refused[i])
  const customer = await read(page, `/v1/customers/${units.customers[at]}`)
  assert.equal(customer.owner_id, units.person[at], 'the customer follows')
  await page.reload()
  await settled(page)
  await shot(page, 'areas-4-live')
  assert.deepEqual(faults, [])
  await context.close()
})

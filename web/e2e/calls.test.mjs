// The dispatchers' board: a call waits, two dispatchers see the same, one gives it away,
// the phone shows it, and the other is told that it is taken.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browser, json, oneOfEach, openPage, server, settled, shot, signIn, until } from './harness.mjs'

oneOfEach()

const phone = {
  width: 390, height: 844, hasTouch: true, isMobile: true, deviceScaleFactor: 2,
}

// Gives a command as the page would.
const command = (page, path, body) => page.evaluate(async ([to, what]) => {
  const r = await fetch(to, {
    method: 'POST', body: JSON.stringify(what),
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': `board-${performance.now()}-${Math.random()}` },
  })
  return { status: r.status, code: (await r.json()).code }
}, [path, body])

// A customer on the map, of a name of its own, with no call, and who is first there without having planned it.
async function free(page) {
  const me = await json(page, '/v1/me')
  const { items } = await json(page, '/v1/customers?limit=200')
  const called = (await json(page, '/v1/calls')).items
  const alone = (c) => !called.some((k) => k.name === c.name) && items.filter((i) => i.name.includes(c.name)).length === 1
  for (const customer of items.filter((c) => c.position && alone(c))) {
    const near = await json(page, `/v1/nearest-people?customer=${customer.id}`)
    const first = near.find((p) => p.rank === 1)
    if (!first) continue
    const day = await json(page, `/v1/days/${first.person_id}/${me.business_day}`)
    if (!day.stops.some((s) => s.customer_id === customer.id)) return { customer, first }
  }
  throw new Error('nobody is near any customer')
}

// feature: Y36
test('two dispatchers see one board; a call is opened, given away once, and taken back', async () => {
  const one = await openPage(browser)
  await signIn(one.page, server.url, 'dispatcher')
  const two = await openPage(browser)
  await signIn(two.page, server.url, 'dispatcher')
  const { customer, first } = await free(one.page)

  await one.page.goto(`${server.url}/live?lang=en`)
  await two.page.goto(`${server.url}/live?lang=en`)
  const open = (p) => p.getByRole('list', { name: 'Open calls' }).getByRole('button', { name: customer.name })
  await settled(one.page)
  await settled(two.page)
  // With the keyboard: N, the customer, what is asked for.
  await one.page.keyboard.press('n')
  const form = one.page.getByRole('dialog')
  await form.getByRole('combobox', { name: 'Customer' }).fill(customer.name)
  await one.page.locator('.ant-select-item-option').filter({ hasText: customer.name }).first().click()
  await form.getByLabel('What is asked for').fill('the cooler drips')
  await form.getByText('Urgent').click()
  await settled(one.page)
  await shot(one.page, '15-board-new')
  await form.getByRole('button', { name: 'Put on the board' }).click()
  await open(one.page).waitFor()
  await open(two.page).waitFor() // without reading the page anew

  // The one looks at the rest of the day and confirms.
  await one.page.getByRole('button', { name: `Send ${first.name}` }).first().waitFor()
  await settled(one.page)
  await shot(one.page, '15b-board-call')
  const name = (await one.page.locator('.near-row[data-ranked=true] b').first().textContent()).trim()
  await one.page.getByRole('button', { name: `Send ${name}` }).click()
  const shown = one.page.getByRole('dialog')
  await shown.getByRole('listitem').filter({ hasText: customer.name }).waitFor()
  const board = async () => (await json(one.page, '/v1/calls')).items.find((c) => c.customer_id === customer.id)
  assert.equal((await board()).state, 'open', 'nothing is sent before it is confirmed')
  await shown.getByRole('button', { name: 'Confirm' }).click()
  const sent = await until(async () => {
    const call = await board()
    return call.state === 'assigned' && call
  }, 'the call to be given away')
  await two.page.getByRole('list', { name: 'On their way' }).getByRole('button', { name: customer.name }).waitFor()

  // The other one was a moment too late: the first has won.
  const late = await command(two.page, `/v1/calls/${sent.id}/send`, { person_id: sent.person_id })
  assert.deepEqual(late, { status: 409, code: 'visits.call_taken' })

  // Taken back by the other, with a reason; it leaves both boards.
  await two.page.getByRole('list', { name: 'On their way' }).getByRole('button', { name: customer.name }).click()
  await two.page.getByRole('complementary', { name: 'Call' }).getByRole('button', { name: 'Withdraw' }).click()
  await two.page.getByLabel('Why it is withdrawn').fill('they mended it')
  await two.page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click()
  await one.page.getByRole('list', { name: 'On their way' }).getByRole('button', { name: customer.name })
    .waitFor({ state: 'detached' })
  const closed = (await json(one.page, '/v1/calls?closed=true')).items[0]
  assert.equal(closed.reason, 'they mended it')
  // Its card keeps what became of it, and the day's closed calls are one click away.
  await one.page.getByText('Closed today').click()
  await one.page.getByRole('list', { name: 'Closed today' }).getByRole('button', { name: customer.name }).click()
  const steps = one.page.getByRole('list', { name: 'What became of it' }).getByRole('listitem')
  await until(async () => (await steps.count()) === 3, 'taken, sent and withdrawn')
  assert.match(await steps.last().textContent(), /Withdrawn they mended it · by /)
  await settled(one.page)
  await shot(one.page, '15c-board-closed')
  assert.deepEqual(one.faults, [])
  assert.deepEqual(two.faults.filter((f) => !f.includes('409')), [])
  await one.context.close()
  await two.context.close()
})

test('the manager’s phone gives a call away, and says why somebody is left out', async () => {
  const { context, page, faults } = await openPage(browser, phone)
  await signIn(page, server.url, 'manager')
  const { customer } = await free(page)
  await page.goto(`${server.url}/m/customers/${customer.id}?lang=en`)
  await page.getByRole('button', { name: 'put it on the board' }).click()
  await page.getByLabel('What is asked for').fill('asks for a visit')
  await page.getByRole('button', { name: 'Put on the board' }).click()
  await until(async () => (await json(page, '/v1/calls')).items.some((c) => c.customer_id === customer.id), 'the call')
  await page.goto(`${server.url}/m/team?lang=en`)
  await page.getByRole('link', { name: 'Open calls' }).click()
  await page.getByRole('button', { name: customer.name }).waitFor()
  await settled(page)
  await shot(page, '16-phone-board')
  await page.getByRole('button', { name: customer.name }).click()
  const sheet = page.getByRole('dialog')
  await sheet.getByRole('button', { name: /^Send / }).first().click()
  await sheet.getByText(customer.name).last().waitFor()
  await settled(page)
  await shot(page, '16b-phone-board-day')
  await sheet.getByRole('button', { name: /^Send / }).click()
  const sent = await until(async () => (await json(page, '/v1/calls')).items
    .find((c) => c.customer_id === customer.id && c.state === 'assigned'), 'the call to be given away')
  // A skill that nobody has leaves everybody out, each with the reason.
  const near = await json(page, `/v1/nearest-people?customer=${customer.id}&skill=juggling`)
  assert.ok(near.length > 0 && near.every((p) => p.rank === null && p.reason), 'each with a reason')
  assert.ok(near.some((p) => p.reason === 'lacks_skill' && p.name))
  assert.equal((await command(page, `/v1/calls/${sent.id}/withdraw`, { reason: 'end of the test' })).status, 200)
  assert.deepEqual(faults, [])
  await context.close()
})

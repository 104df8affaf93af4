// The life of a customer: a salesperson enters it before the shop with position and
// photo, asks for a change, writes a note; a manager starts both from a desk; the
// timeline shows it all. axe finds no serious fault on any of the screens.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible, browser, oneOfEach, openPage, server, settled, shot, signIn } from './harness.mjs'

oneOfEach()

async function as(role, options) {
  const view = await openPage(browser, options)
  const logins = await (await view.page.request.get(`${server.url}/v1/demo-logins`)).json()
  await signIn(view.page, server.url, (logins.items ?? logins).find((l) => l.role === role).login)
  view.get = async (path) => (await view.page.request.get(`${server.url}${path}`)).json()
  return view
}

const here = { latitude: 39.158, longitude: -75.524, accuracy: 12 }
const phone = {
  width: 390, height: 844, hasTouch: true, isMobile: true,
  permissions: ['geolocation', 'camera'], geolocation: here,
}
let made

// feature: Z5.1.1-e
test('a customer is entered before the shop and acted on from its page', async () => {
  const { context, page, faults, get } = await as('salesperson', phone)
  await page.goto(`${server.url}/m/customers?lang=en`)
  await page.getByRole('link', { name: 'New customer' }).click()
  await page.getByRole('button', { name: 'Use my position' }).click()
  await page.getByText('Placed, ±12 m').waitFor()
  await page.getByLabel('Name', { exact: true }).fill('Walkway Deli')
  await page.getByLabel('Address').fill('5 Walkway')
  await page.getByLabel('Region').fill('Kent')
  await page.getByLabel('Phone').fill('302-555-0142')
  await page.getByLabel('Contact').fill('Lee')
  await page.getByLabel('Kind').selectOption({ index: 1 })
  await accessible(page, 'new customer')
  await shot(page, '60-phone-new-customer')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Walkway Deli' }).waitFor()
  made = (await get('/v1/customers?q=walkway')).items[0]
  assert.equal(made.position_source, 'device')
  assert.ok(Math.abs(made.position[0] - here.longitude) < 1e-6)
  // The same name again at this place is refused, saying only that it is there.
  await page.goto(`${server.url}/m/customers/new?lang=en`)
  await page.getByRole('button', { name: 'Use my position' }).click()
  for (const [label, value] of [['Name', 'Walkway Deli'], ['Address', '5 Walkway'], ['Region', 'Kent'], ['Phone', '1'], ['Contact', 'Lee']]) {
    await page.getByLabel(label, { exact: label === 'Name' }).fill(value)
  }
  await page.getByText('Customers of a like name').waitFor()
  await page.getByLabel('Kind').selectOption({ index: 1 })
  await page.getByText('Placed, ±12 m').waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('This customer exists already').waitFor()

  await page.goto(`${server.url}/m/customers/${made.id}?lang=en`)
  await page.getByRole('button', { name: 'Check in' }).waitFor()
  await page.getByRole('button', { name: 'Write a note' }).click()
  await page.getByRole('textbox', { name: 'Note' }).fill('Closed on Mondays')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByText('Closed on Mondays').waitFor()
  await page.getByRole('button', { name: 'Transfer' }).click()
  await page.getByRole('heading', { name: 'Transfer · Walkway Deli' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Request a change' }).click()
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Walkway Deli')
  assert.equal(await page.getByLabel('Address', { exact: true }).inputValue(), '5 Walkway')
  await page.getByLabel('Address', { exact: true }).fill('6 Walkway')
  await page.getByRole('button', { name: 'Add a contact' }).click()
  await page.getByLabel('Mail address 2').fill('lin@walkway.test') // a row without a name is no contact
  await page.getByLabel('Tags').fill('corner, early')
  await accessible(page, 'request')
  await shot(page, '60-phone-change')
  await page.getByRole('button', { name: 'See what changes' }).click()
  await page.getByText('6 Walkway').waitFor()
  assert.deepEqual(await page.locator('.change-diff dt').allTextContents(), ['Address', 'Tags'])
  await accessible(page, 'what changes')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByText('Sent: it waits for approval').waitFor()
  const [ask] = (await get('/v1/approvals?box=mine&state=open')).items
  assert.equal(ask.kind, 'customer.change')
  assert.equal((await get(`/v1/customers/${made.id}`)).address, '5 Walkway')
  await page.getByRole('button', { name: 'Shop-front photo' }).waitFor()
  await accessible(page, 'customer on the phone')
  await shot(page, '61-phone-customer')
  assert.deepEqual(faults, [])
  await context.close()
})

// feature: Z5.1.5-d
test('a manager starts a new customer and a change from the desk', async () => {
  const { context, page, faults, get } = await as('admin')
  await page.goto(`${server.url}/customers?lang=en`)
  await page.getByRole('button', { name: 'New', exact: true }).click()
  await page.getByRole('region', { name: 'New customer' }).or(page.getByLabel('New customer')).first().waitFor()
  await page.goto(`${server.url}/customers?customer=${made.id}&lang=en`)
  const card = page.getByRole('complementary', { name: 'Walkway Deli' })
  await card.getByText('Closed on Mondays').waitFor()
  const start = async (word) => {
    await card.getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: word }).click()
    return page.getByRole('dialog')
  }
  await page.setInputFiles('input[type=file]', {
    name: 'shop.png', mimeType: 'image/png',
    buffer: await card.screenshot(),
  })
  await card.getByRole('img', { name: 'Shop-front of Walkway Deli' }).waitFor()
  const dialog = await start('Report a problem')
  await dialog.getByLabel('Description').fill('Two broken bottles')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await card.getByText('Two broken bottles').waitFor()
  const change = await start('Request a change')
  assert.equal(await change.getByLabel('Name', { exact: true }).inputValue(), 'Walkway Deli')
  await change.getByLabel('Phone', { exact: true }).fill('302-555-0143')
  await change.getByRole('button', { name: 'Add a site' }).click()
  await change.getByLabel('Name of the site 1').fill('Warehouse')
  await change.getByRole('group', { name: 'Shared with' }).getByRole('combobox').selectOption({ index: 1 })
  // The place is chosen on the map: the form steps aside and keeps what was entered.
  const written = change.getByLabel('Position')
  const before = await written.inputValue()
  await change.getByRole('button', { name: 'Choose on the map' }).click()
  await page.getByText('Click the map to place the pin').waitFor()
  await page.keyboard.press('Escape')
  await change.waitFor()
  assert.equal(await written.inputValue(), before)
  await change.getByRole('button', { name: 'Choose on the map' }).click()
  await change.waitFor({ state: 'hidden' })
  await page.locator('.maplibregl-canvas').click({ position: { x: 700, y: 500 } })
  await change.waitFor()
  assert.notEqual(await written.inputValue(), before)
  await accessible(page, 'request at the desk')
  await shot(page, '62-desk-change')
  await change.getByRole('button', { name: 'See what changes' }).click()
  assert.deepEqual(await change.locator('.change-diff dt').allTextContents(), ['Position (latitude, longitude)', 'Phone', 'Other sites', 'Shared with'])
  await shot(page, '62-desk-change-seen')
  await change.getByRole('button', { name: 'Send' }).click()
  await change.waitFor({ state: 'hidden' })
  const changes = (await get(`/v1/customers/${made.id}/timeline?kind=request`)).items
  assert.equal(changes.length, 2)
  await card.getByRole('button', { name: 'Problem', exact: true }).click()
  await card.getByText('Two broken bottles').waitFor()
  await card.getByText('Closed on Mondays').waitFor({ state: 'hidden' })
  await settled(page)
  await accessible(page, 'card')
  await shot(page, '62-card-timeline')
  assert.deepEqual(faults, [])
  await context.close()
})

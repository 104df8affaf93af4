// Messages to customers: an administrator adds the company's own channel and authorises
// people; a message from a card and one to an area reach the gateway, signed; after the
// withdrawal nothing goes out, and the log tells all of it.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { after, test } from 'node:test'
import { accessible, browser, oneOfEach, openPage, server, settled, shot, signIn, until } from './harness.mjs'

oneOfEach()

const secret = 'a secret of the gateway'
const got = []
const gateway = createServer((req, res) => {
  let body = ''
  req.on('data', (b) => (body += b))
  req.on('end', () => {
    const sum = createHmac('sha256', secret).update(`${req.headers['x-beatplan-timestamp']}.${body}`).digest('hex')
    got.push({ ...JSON.parse(body), signed: req.headers['x-beatplan-signature'] === `v1=${sum}` })
    res.end()
  })
})
after(() => gateway.close())

// looks shows a screen in Chinese and the dark, and on a phone's width, and checks both.
async function looks(page, name, show) {
  for (const [lang, scheme, width, height] of [['zh', 'dark', 1440, 900], ['en', 'light', 390, 844]]) {
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ colorScheme: scheme })
    await show(lang)
    await settled(page)
    await accessible(page, `${name} ${lang}`)
    await shot(page, `${name}-${lang}-${width}`)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(wide <= width, `${name}: ${wide} pixels on a screen of ${width}`)
  }
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
}

// feature: G37
test('customers are reached through an authorised channel of the company only', async () => {
  await new Promise((done) => gateway.listen(0, '127.0.0.1', done))
  const logins = (await (await fetch(`${server.url}/v1/demo-logins`)).json())
  const admin = (logins.items ?? logins).find((l) => l.role === 'admin').login
  const { context, page, faults } = await openPage(browser)
  await signIn(page, server.url, admin)
  const call = async (method, path, data) => {
    const r = await page.request.fetch(`${server.url}${path}`, {
      method, data, headers: { 'Idempotency-Key': crypto.randomUUID() },
    })
    assert.ok(r.ok(), `${method} ${path}: ${r.status()} ${await r.text()}`)
    return r.json()
  }
  const [near] = (await call('GET', '/v1/customers?located=true&limit=1')).items
  const at = [near.position[0] + 0.4, near.position[1] + 0.4]
  const shops = []
  for (const [i, name] of ['Bell Tower', 'Bell Yard'].entries()) {
    shops.push(await call('POST', '/v1/customers', {
      name, kind: 'shop', address: `${i} Bell`, district: 'Kent', phone: `302-555-011${i}`,
      contacts: [{ name: 'Ann', phone: `302-555-012${i}` }], position: [at[0] + i / 1000, at[1]],
    }))
  }

  // The channel sends for nobody until somebody is authorised.
  await page.goto(`${server.url}/settings/channels?lang=en`)
  await page.getByText('No channel yet').waitFor()
  await page.getByRole('button', { name: 'New channel' }).click()
  await page.getByLabel('Name of the channel').fill('Short messages')
  await page.getByLabel('Address of the gateway').fill(`http://127.0.0.1:${gateway.address().port}/send`)
  await page.getByLabel('Signed as').fill('Beat')
  await page.getByLabel('Secret of the signature').fill(secret)
  await accessible(page, 'new channel')
  await shot(page, 'messages-1-new')
  await page.getByRole('button', { name: 'Save' }).click()
  const channel = page.getByRole('region', { name: 'Short messages' })
  await channel.getByText('Nobody is authorised').waitFor()
  assert.ok(!JSON.stringify(await call('GET', '/v1/message-channels')).includes(secret), 'the secret is answered')
  await channel.getByLabel('What it rests on').fill('Contract 17')
  await channel.getByRole('button', { name: 'Authorise' }).click()
  await channel.getByText('Valid', { exact: true }).waitFor()

  // From a customer's card, and to those of an area.
  const dialog = page.getByRole('dialog')
  const write = async (text) => {
    await dialog.getByLabel('Text').fill(text)
    await dialog.getByRole('button', { name: 'Send a message' }).click()
  }
  const open = async (view = page) => {
    await view.getByRole('complementary', { name: 'Bell Tower' }).getByRole('button', { name: 'More actions' }).click()
    await view.getByRole('menuitem', { name: 'Send a message' }).click()
  }
  await page.goto(`${server.url}/customers?customer=${shops[0].id}&lang=en`)
  await open()
  await dialog.getByLabel('Text').waitFor()
  await accessible(page, 'message')
  await shot(page, 'messages-2-write')
  await write('New prices on Monday')
  await dialog.waitFor({ state: 'hidden' })
  await until(() => got.length === 1, 'message at the gateway')
  assert.deepEqual({ ...got[0], id: '' },
    { id: '', from: 'Beat', to: '302-555-0120', name: 'Ann', text: 'New prices on Monday', signed: true })
  const box = [[-1, -1], [2, -1], [2, 1], [-1, 1]].map(([x, y]) => [at[0] + x / 1000, at[1] + y / 1000])
  const polygon = box.map((p) => p.map((n) => n.toFixed(5)).join(',')).join(';')
  await page.goto(`${server.url}/map?polygon=${encodeURIComponent(polygon)}&lang=en`)
  await page.locator('.area-bar').getByText('2 customers in the area').waitFor()
  await page.locator('.area-bar').getByRole('button', { name: 'Do' }).click()
  await page.getByRole('menuitem', { name: 'Send a message' }).click()
  await dialog.getByText('Message to 2 customers').waitFor()
  await dialog.getByLabel('Text').waitFor()
  await settled(page)
  await shot(page, 'messages-3-area')
  await write('Closed on Tuesday')
  await until(() => got.length === 3, 'two more messages')
  assert.deepEqual(got.slice(1).map((m) => [m.to, m.signed]).sort(), [['302-555-0120', true], ['302-555-0121', true]])
  const settledLog = async (n) => until(async () =>
    (await call('GET', '/v1/customer-messages/log')).items.filter((l) => l.outcome === 'sent').length === n, `${n} sent`)
  await settledLog(3)

  // A dialog stands open while the authorisation is withdrawn.
  const other = await context.newPage()
  await other.goto(`${server.url}/customers?customer=${shops[0].id}&lang=en`)
  await open(other)
  await other.getByRole('dialog').getByLabel('Text').fill('Too late')
  await page.goto(`${server.url}/settings/channels?lang=en`)
  await channel.getByRole('button', { name: 'Withdraw' }).click()
  await page.getByRole('tooltip').getByRole('button', { name: 'Withdraw' }).click()
  await channel.getByText('Nobody is authorised').waitFor()
  await other.getByRole('dialog').getByRole('button', { name: 'Send a message' }).click()
  await other.getByText('You have no valid authorisation for this channel').waitFor()
  await shot(other, 'messages-4-refused')
  await other.reload()
  await open(other)
  await other.getByText('There is no channel that you may use').waitFor()
  await other.close()
  await page.reload()
  const log = page.getByRole('region', { name: 'Log' })
  await log.getByRole('row').filter({ hasText: 'Refused' }).filter({ hasText: 'Bell Tower' }).waitFor()
  assert.equal(await log.getByRole('cell', { name: 'Sent', exact: true }).count(), 3)
  assert.equal(got.length, 3)
  await looks(page, 'messages-5-channels', (lang) => page.goto(`${server.url}/settings/channels?lang=${lang}`))
  assert.deepEqual(faults, [])
  await context.close()
})

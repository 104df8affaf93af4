// Customers from the first day: an empty company becomes a team of a hundred by one file;
// leads become customers; views are saved, shared and opened elsewhere; the pool gives and
// takes within its limits. The steps of each task are counted against docs/customers.md,
// and axe finds no serious fault on any of the screens.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { accessible, browser, oneOfEach, openPage, server, shot, signIn, startServer } from './harness.mjs'
import { xlsx } from './sheet.mjs'

oneOfEach()

const phone = { width: 390, height: 844, hasTouch: true, isMobile: true }

// promised reads what docs/customers.md says of a task.
function promised(task) {
  const page = readFileSync(join(import.meta.dirname, '../../docs/customers.md'), 'utf8')
  const line = page.split('\n').find((l) => l.startsWith(`| ${task} |`))
  assert.ok(line, `docs/customers.md says nothing of "${task}"`)
  return Number(line.split('|')[2])
}

// steps counts what a person does; each is one click, one field, one choice.
function steps(task) {
  let n = 0
  return {
    do: async (act) => {
      n++
      return act
    },
    end: () => assert.ok(n <= promised(task), `${task}: ${n} steps, promised ${promised(task)}`),
  }
}

async function as(login, options, url = server.url) {
  const view = await openPage(browser, options)
  await signIn(view.page, url, login)
  view.get = async (path) => (await view.page.request.get(`${url}${path}`)).json()
  view.send = async (method, path, data, headers = {}) => {
    const r = await view.page.request.fetch(`${url}${path}`, {
      method, data, headers: { 'Idempotency-Key': crypto.randomUUID(), ...headers },
    })
    assert.ok(r.ok(), `${method} ${path}: ${r.status()} ${await r.text()}`)
    return r.status() === 204 ? null : r.json()
  }
  return view
}

async function demo() {
  const logins = await (await fetch(`${server.url}/v1/demo-logins`)).json()
  const all = logins.items ?? logins
  return {
    admin: all.find((l) => l.role === 'admin').login,
    manager: all.find((l) => l.role === 'manager').login,
    sellers: all.filter((l) => l.role === 'salesperson').map((l) => l.login),
  }
}

// feature: Z4-5
test('an empty company becomes a team of a hundred by one file', async () => {
  const empty = await startServer({ empty: true })
  try {
    const [, password] = /First sign-in: admin \/ (\S+)/.exec(empty.log())
    const { context, page, faults } = await openPage(browser)
    const s = steps('from the first sign-in of an empty company to 100 people in teams with their passwords')
    await page.goto(`${empty.url}/?lang=en`)
    await s.do(await page.getByLabel('Login').fill('admin'))
    await s.do(await page.getByLabel('Password').fill(password))
    await s.do(await page.getByRole('button', { name: 'Sign in' }).click())
    await s.do(await page.getByRole('link', { name: 'Settings' }).click())
    await s.do(await page.getByLabel('Name of the company').fill('Hundred & Sons'))
    await s.do(await page.getByRole('button', { name: 'Continue' }).click())
    const rows = [['Name', 'Login', 'Role', 'Team', 'Leads the team']]
    for (let i = 0; i < 100; i++) {
      const lead = i % 10 === 0
      rows.push([`Person ${i}`, `p${i}`, lead ? 'manager' : 'salesperson', `Sales/Team ${i / 10 | 0}`, lead ? 'yes' : ''])
    }
    await s.do(await page.locator('input[type=file]').setInputFiles({
      name: 'people.xlsx', mimeType: 'application/octet-stream', buffer: xlsx(rows),
    }))
    await page.getByText(/Adds 100 people and 11 teams/).waitFor()
    await s.do(await page.getByRole('button', { name: 'Import 100' }).click())
    await page.getByText('First passwords, shown this once').waitFor()
    const cells = await page.locator('.diff tbody tr').evaluateAll((all) =>
      all.map((r) => [...r.querySelectorAll('td')].slice(1, 3).map((c) => c.textContent)))
    assert.equal(cells.length, 100)
    await s.do(await page.getByRole('button', { name: 'Continue' }).click())
    await page.getByText(/can sign in/).waitFor()
    s.end()
    await accessible(page, 'ready')
    await shot(page, '100-setup-hundred')
    // They work: a leader sees the team, a salesperson makes a customer of their own.
    const team = (await (await page.request.get(`${empty.url}/v1/teams`)).json())
    assert.equal((team.items ?? team).length, 11)
    const seller = await openPage(browser)
    const [login, first] = cells.find(([l]) => l === 'p1')
    const call = async (path, data) => {
      const r = await seller.page.request.post(`${empty.url}${path}`, {
        data, headers: { 'Idempotency-Key': crypto.randomUUID() },
      })
      assert.ok(r.ok(), `${path}: ${r.status()} ${await r.text()}`)
    }
    await call('/v1/sessions', { login, password: first })
    await call('/v1/customers', {
      name: 'First Customer', kind: 'shop', address: '1 Main', district: 'Kent', phone: '1', contacts: [{ name: 'Lee' }],
    })
    await seller.page.goto(`${empty.url}/map?lang=en`)
    await seller.page.getByText('First Customer').waitFor()
    await seller.context.close()
    assert.deepEqual(faults, [])
    await context.close()
  } finally {
    await empty.stop()
  }
})

// feature: Z4-5
test('a lead becomes a customer, and a view of the list is saved and opened elsewhere', async () => {
  const { admin, sellers } = await demo()
  const pocket = await as(sellers[0], phone)
  await pocket.page.goto(`${server.url}/m/leads?lang=en`)
  await pocket.page.getByText('No leads yet').waitFor()
  const keep = steps('keep a lead on the phone')
  await keep.do(await pocket.page.getByRole('button', { name: 'New lead' }).click())
  await keep.do(await pocket.page.getByLabel('Name').fill('Boardwalk Bagels'))
  await keep.do(await pocket.page.getByLabel('Contact').fill('Kim'))
  await keep.do(await pocket.page.getByRole('button', { name: 'Save' }).click())
  await pocket.page.getByRole('button', { name: 'Make a customer · Boardwalk Bagels' }).waitFor()
  keep.end()
  await accessible(pocket.page, 'leads on the phone')
  await shot(pocket.page, '101-phone-leads')
  const [lead] = (await pocket.get('/v1/leads')).items
  await pocket.send('PUT', `/v1/leads/${lead.id}`, {
    name: lead.name, contact: lead.contact, phone: '302-555-0177', address: '9 Boardwalk', district: 'Sussex',
    channel: 'fair', owner_id: lead.owner_id,
  }, { 'If-Match': `"${lead.version}"` })
  await pocket.page.reload()
  const turn = steps('make a customer of a lead on the phone')
  await turn.do(await pocket.page.getByRole('button', { name: 'Make a customer · Boardwalk Bagels' }).click())
  await turn.do(await pocket.page.getByRole('button', { name: 'Make a customer', exact: true }).click())
  await pocket.page.getByText('Boardwalk Bagels is a customer').waitFor()
  turn.end()
  const [made] = (await pocket.get('/v1/customers?q=boardwalk')).items
  assert.equal(made.contacts[0].name, 'Kim')

  const desk = await as(admin)
  await desk.page.goto(`${server.url}/leads?lang=en`)
  await desk.page.getByText('Converted', { exact: true }).click()
  await desk.page.getByText('Boardwalk Bagels').waitFor()
  await accessible(desk.page, 'leads')
  await shot(desk.page, '102-leads')
  for (const [tab, sign] of [['Sales process', 'New'], ['Channels', '(empty)'], ['Service', 'What customers complain about']]) {
    await desk.page.getByRole('radiogroup', { name: 'Leads' }).getByText(tab).click()
    await desk.page.locator('.desk-card').getByText(sign).first().waitFor()
    await accessible(desk.page, tab)
    await shot(desk.page, `103-${tab.replace(' ', '-').toLowerCase()}`)
  }
  await desk.page.goto(`${server.url}/map?q=boardwalk&list=table&cols=number,contacts,phone,channel,created_at&lang=en`)
  await desk.page.getByRole('rowheader', { name: 'Boardwalk Bagels' }).waitFor()
  assert.deepEqual(await desk.page.getByRole('columnheader').allTextContents(), ['Name', 'Number', 'Phone', 'Source', 'Created'])
  await accessible(desk.page, 'table')
  await shot(desk.page, '104-customers-table')
  const save = steps('save the present filter as a view')
  await save.do(await desk.page.getByRole('button', { name: 'Save view' }).click())
  await save.do(await desk.page.getByLabel('Name of the view').fill('Boardwalk'))
  await desk.page.getByText('The company', { exact: true }).click() // shared, besides
  await save.do(await desk.page.locator('.views-form').getByRole('button', { name: 'Save view' }).click())
  await desk.page.getByText('View “Boardwalk” saved').waitFor()
  save.end()
  // The salesperson opens it on the phone, and finds their own.
  await pocket.page.goto(`${server.url}/m/customers?lang=en`)
  const open = steps('open a saved view')
  const views = pocket.page.getByLabel('Open a view')
  await open.do(await views.waitFor())
  await open.do(await views.selectOption({ label: (await views.locator('option').allTextContents()).find((o) => o.startsWith('Boardwalk')) }))
  await pocket.page.getByText('302-555-0177').waitFor()
  open.end()
  await pocket.page.waitForFunction(() => document.querySelectorAll('.people li').length === 1)
  await accessible(pocket.page, 'view on the phone')
  await shot(pocket.page, '105-phone-view')
  assert.deepEqual([...desk.faults, ...pocket.faults], [])
  await desk.context.close()
  await pocket.context.close()
})

// feature: Z4-5
test('the pool gives and takes within its limits', async () => {
  const { admin, sellers } = await demo()
  const desk = await as(admin)
  const seller = await as(sellers[1])
  const me = await seller.get('/v1/me')
  const [near] = (await seller.get(`/v1/customers?owner=${me.id}&located=true&limit=1`)).items
  const mine = await seller.send('POST', '/v1/customers', {
    name: 'Slow Shop', kind: 'shop', address: '2 Pier', district: 'Kent', phone: '1', contacts: [{ name: 'Ann' }],
    position: [near.position[0] + 0.0008, near.position[1]],
  })
  // An administrator sets the limit to what the person holds, on the screen of the rules.
  await desk.page.goto(`${server.url}/settings/archive?lang=en`)
  const limit = desk.page.getByLabel(`Limit of ${me.name}`)
  await limit.waitFor()
  const { held } = (await seller.get('/v1/holdings')).items[0]
  await limit.fill(String(held))
  const set = desk.page.waitForResponse((r) => r.url().includes('/v1/pool-limits/') && r.request().method() === 'PUT')
  await limit.press('Enter')
  assert.ok((await set).ok())
  await accessible(desk.page, 'rules')
  await shot(desk.page, '106-archive-rules')
  // The salesperson gives one customer to the pool and may not claim it back at once.
  await seller.page.goto(`${server.url}/map?customer=${mine.id}&lang=en`)
  const give = steps('give a customer to the pool')
  const card = seller.page.getByRole('complementary', { name: mine.name })
  await give.do(await card.getByRole('button', { name: 'More actions' }).click())
  await give.do(await seller.page.getByRole('menuitem', { name: 'Give to the pool' }).click())
  await seller.page.getByText('you may not claim it back before the cool-down').waitFor()
  await shot(seller.page, '107-release-asks')
  await give.do(await seller.page.getByRole('dialog').getByRole('button', { name: 'Give to the pool' }).click())
  await seller.page.getByText(`${mine.name} is in the pool`).waitFor()
  give.end()
  const other = (await desk.send('POST', '/v1/customers', {
    name: 'Pool Pier', kind: 'shop', address: '3 Pier', district: 'Kent', phone: '302-555-0188',
    contacts: [{ name: 'Ann' }], position: [mine.position[0] + 0.0004, mine.position[1]],
  }))
  const third = (await desk.send('POST', '/v1/customers', {
    name: 'Far Pier', kind: 'shop', address: '4 Pier', district: 'Kent', phone: '2', contacts: [{ name: 'Ann' }],
    position: [mine.position[0] + 0.5, mine.position[1]],
  }))
  const at = `${mine.position[0].toFixed(5)},${mine.position[1].toFixed(5)},15.00`
  await seller.page.goto(`${server.url}/pool?at=${at}&lang=en`)
  const list = seller.page.getByRole('list', { name: 'Customer pool' })
  const row = (name) => list.getByRole('listitem').filter({ hasText: name })
  await row(third.name).waitFor()
  // By the area of the map: the far one is not offered any more, and nothing is disclosed.
  await seller.page.getByRole('button', { name: 'Area of the map' }).click()
  await row(third.name).waitFor({ state: 'detached' })
  await row(other.name).waitFor()
  await seller.page.getByText(`You follow ${held - 1} of ${held}`).waitFor()
  assert.ok(!(await seller.page.content()).includes('302-555-0188'), 'the phone is masked')
  await accessible(seller.page, 'pool')
  await shot(seller.page, '108-pool-area')
  await row(mine.name).getByRole('button', { name: 'Claim' }).click()
  await seller.page.getByText('Who gave a customer up may not claim it back yet').waitFor()
  const claim = steps('claim a customer of the pool')
  await claim.do(await row(other.name).getByRole('button', { name: 'Claim' }).click())
  await seller.page.getByText('Pool Pier is yours to follow').waitFor()
  claim.end()
  await seller.page.getByText(`You follow ${held} of ${held}`).waitFor()
  // At the limit, on the phone.
  const pocket = await as(sellers[1], phone)
  await pocket.page.goto(`${server.url}/m/customers?lang=en`)
  const tap = steps('claim on the phone, from the list of customers')
  await tap.do(await pocket.page.getByRole('link', { name: 'Pool', exact: true }).click())
  await pocket.page.getByText(`You follow ${held} of ${held}`).waitFor()
  await shot(pocket.page, '109-phone-pool')
  await tap.do(await pocket.page.getByRole('button', { name: 'Claim · Far Pier' }).click())
  await pocket.page.getByText('This person follows as many customers as they may').waitFor()
  tap.end()
  await accessible(pocket.page, 'pool on the phone')
  // A transfer is asked for, and the receiver's limit holds at the desk of who approves.
  const more = { customer_ids: [other.id], to: (await desk.get('/v1/colleagues')).items.find((c) => c.id !== me.id && c.team_id).id }
  await seller.send('POST', '/v1/approvals', { kind: 'customer.transfer', payload: { ...more, why: 'scope_change' } })
  assert.equal((await seller.get('/v1/holdings')).items[0].held, held, 'nothing moves before it is approved')
  // A merge says that it cannot be undone.
  await desk.page.goto(`${server.url}/map?customer=${third.id}&lang=en`)
  await desk.page.getByRole('complementary', { name: third.name }).getByRole('button', { name: 'More actions' }).click()
  await desk.page.getByRole('menuitem', { name: 'Merge into another' }).click()
  await desk.page.getByRole('dialog').getByText('This cannot be undone.').waitFor()
  await shot(desk.page, '110-merge-asks')
  // A closed archive offers no edit, but the request for one; and a claim is asked for.
  const file = desk.page.getByRole('complementary', { name: third.name })
  await desk.page.goto(`${server.url}/customers?customer=${third.id}&lang=en`)
  await file.getByRole('button', { name: 'Edit' }).waitFor()
  const rule = await desk.get('/v1/customer-entry-rule')
  await desk.send('PUT', '/v1/customer-entry-rule', { required: rule.required ?? [], forms_only: true })
  await desk.page.reload()
  await file.getByRole('button', { name: 'More actions' }).waitFor()
  await file.getByRole('button', { name: 'Edit' }).waitFor({ state: 'detached' })
  await file.getByRole('button', { name: 'More actions' }).click()
  await desk.page.getByRole('menuitem', { name: 'Request a change' }).waitFor()
  await desk.send('PUT', `/v1/pool-limits/${me.id}`, { max_held: held + 1, follow_days: null })
  await pocket.page.reload()
  await pocket.page.getByRole('button', { name: 'Claim · Far Pier' }).click()
  await pocket.page.getByText('Sent: it waits for approval').waitFor()
  await desk.send('PUT', '/v1/customer-entry-rule', { required: rule.required ?? [], forms_only: false })
  assert.deepEqual([...desk.faults, ...seller.faults, ...pocket.faults], [])
  for (const v of [desk, seller, pocket]) await v.context.close()
})

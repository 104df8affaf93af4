// Set-up and roles: an administrator imports a team from the template, shapes a
// role, looks over departments, calendar, modules and the trail; a second person
// approves. axe finds no serious fault on any of the screens.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible, browser, oneOfEach, openPage, server, shot, signIn } from './harness.mjs'

oneOfEach()

const send = async (page, method, path, data, headers = {}) => {
  const r = await page.request.fetch(`${server.url}${path}`, {
    method, data, headers: { 'Idempotency-Key': crypto.randomUUID(), ...headers },
  })
  assert.ok(r.ok(), `${method} ${path}: ${r.status()} ${await r.text()}`)
  return r.status() === 204 ? null : r.json()
}

async function adminPage() {
  const desk = await openPage(browser)
  const logins = await (await desk.page.request.get(`${server.url}/v1/demo-logins`)).json()
  const admin = (logins.items ?? logins).find((l) => l.role === 'admin')
  await signIn(desk.page, server.url, admin.login)
  return desk
}

test('from the template to a team that can sign in', async () => {
  const { context, page, faults } = await adminPage()
  await page.goto(`${server.url}/settings/setup?lang=en`)
  await page.getByLabel('Name of the company').fill('First State Foods')
  await accessible(page, 'company')
  await shot(page, '40-setup-company')
  await page.getByRole('button', { name: 'Continue' }).click()
  const template = await page.request.get(`${server.url}/v1/people/import/template.xlsx`)
  await page.locator('input[type=file]').setInputFiles({
    name: 'people.xlsx', mimeType: 'application/octet-stream', buffer: await template.body(),
  })
  await page.getByText(/Adds \d+ (person|people)/).waitFor()
  await page.getByRole('button', { name: /^Import \d/ }).click()
  await page.getByText('First passwords, shown this once').waitFor()
  const [login, password] = await page.locator('.diff tbody tr').first().locator('td').evaluateAll(
    (cells) => [cells[1].textContent, cells[2].textContent])
  await accessible(page, 'logins')
  await shot(page, '41-setup-logins')
  const fresh = await openPage(browser)
  await send(fresh.page, 'POST', '/v1/sessions', { login, password })
  await fresh.context.close()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText(/can sign in/).waitFor()
  assert.deepEqual(faults, [])
  await context.close()
})

test('a role is shaped, and every screen of the settings can be read by all', async () => {
  const { context, page, faults } = await adminPage()
  await page.goto(`${server.url}/settings/roles?lang=en`)
  const tick = page.getByRole('checkbox', { name: 'Salesperson: Customers Export' })
  await tick.waitFor()
  assert.equal(await tick.isChecked(), false, 'export is off by default')
  await tick.click()
  await page.waitForFunction(() => document.querySelector('input[aria-label="Salesperson: Customers Export"]')?.checked)
  const role = await send(page, 'GET', '/v1/roles/salesperson')
  assert.ok(role.permissions.includes('customers.export'))
  await accessible(page, 'roles')
  await shot(page, '42-roles')
  const screens = [
    ['departments', '.tree-row'], ['grants', '.desk-list li'], ['calendar', '.year .day'],
    ['modules', '.desk-list li'], ['access', '.desk-list li'], ['trail', '.trail-table tbody tr'],
  ]
  for (const [name, sign] of screens) {
    await page.goto(`${server.url}/settings/${name}?lang=en`)
    await page.locator(sign).first().waitFor()
    await accessible(page, name)
    await shot(page, `43-${name}`)
  }
  await page.getByRole('button', { name: /Role · changed/ }).first().click()
  await page.locator('.diff ins').first().waitFor()
  await shot(page, '44-trail-diff')
  assert.deepEqual(faults, [])
  await context.close()
})

test('what one asks, another approves, at the desk and on the phone', async () => {
  const desk = await adminPage()
  const password = 'correct horse 42'
  await send(desk.page, 'POST', '/v1/people', { name: 'Second Admin', login: 'second', role: 'admin', password })
  const gone = await send(desk.page, 'POST', '/v1/people', { name: 'Old Hand', login: 'old.hand', role: 'salesperson' })
  await send(desk.page, 'PATCH', `/v1/people/${gone.id}`, { active: false }, { 'If-Match': `"${gone.version}"` })
  await send(desk.page, 'POST', '/v1/approvals', { kind: 'person.erase', subjects: [gone.id], reason: 'asked us to' })
  const other = await openPage(browser)
  await send(other.page, 'POST', '/v1/sessions', { login: 'second', password })
  await other.page.goto(`${server.url}/approvals?lang=en`)
  await other.page.getByRole('button', { name: /Erase a person/ }).click()
  await other.page.getByRole('button', { name: 'Approve' }).waitFor()
  await accessible(other.page, 'approvals')
  await shot(other.page, '45-approvals')
  await other.page.getByRole('button', { name: 'Approve' }).click()
  await other.page.locator('.desk-head .approval-state[data-state=approved]').waitFor()
  const erased = await send(desk.page, 'GET', `/v1/people/${gone.id}`)
  assert.ok(erased.erased && !erased.name.includes('Old'))
  const phone = await openPage(browser, { width: 390, height: 844, hasTouch: true, isMobile: true })
  await send(phone.page, 'POST', '/v1/sessions', { login: 'second', password })
  await phone.page.goto(`${server.url}/m/approvals?lang=en`)
  await phone.page.getByRole('button', { name: 'Decided' }).click()
  await phone.page.getByText('Erase a person').first().click()
  await phone.page.getByText('asked us to').first().waitFor()
  await shot(phone.page, '46-phone-approvals')
  assert.deepEqual([...desk.faults, ...other.faults, ...phone.faults], [])
  for (const c of [desk, other, phone]) await c.context.close()
})

// From an empty company to a team of a hundred by one file; the steps are counted against
// docs/customers.md, and axe finds no serious fault on the screens.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { accessible, openPage, shot, startBrowser, startServer } from './harness.mjs'
import { xlsx } from './sheet.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(async () => {
  await browser?.close()
})

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

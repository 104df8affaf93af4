/* global caches, navigator, indexedDB, Headers, Response */
// Trade without a network: an order and a collection are made in a cellar, sent once when
// the network is back, though an answer is lost on the way; what the office settled
// meanwhile is shown as a conflict. What is kept ends after three days. A session that is
// over leaves what was not sent to its person; a device that was revoked keeps nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browser, endVisits, oneOfEach, openPage, server, shot, signIn, until } from './harness.mjs'

oneOfEach()

const json = async (answer) => {
  const r = await answer
  assert.ok(r.ok(), `${r.url()}: ${r.status()} ${await r.text()}`)
  return r.status() === 204 ? null : r.json()
}
const key = () => ({ headers: { 'Idempotency-Key': crypto.randomUUID() } })

// seller is somebody whose customers on today's route owe at least three documents.
async function seller(office) {
  const { items } = await json(office.get(`${server.url}/v1/people?role=salesperson&limit=100`))
  const { business_day: day } = await json(office.get(`${server.url}/v1/me`))
  for (const person of items) {
    await json(office.post(`${server.url}/v1/days/${person.id}/${day}/publish`, key()))
    const beat = await json(office.get(`${server.url}/v1/days/${person.id}/${day}`))
    const owing = await json(office.get(`${server.url}/v1/customers?owner=${person.id}&owes_from=1&limit=4`))
    const planned = beat.stops.some((s) => s.state === 'planned' && s.position && s.customer_id)
    if (owing.items.length < 3 || !planned) continue
    await json(office.post(`${server.url}/v1/days/${person.id}/${day}/plan`,
      { ...key(), data: { customer_ids: owing.items.map((c) => c.id) } }))
    await json(office.post(`${server.url}/v1/days/${person.id}/${day}/publish`, key()))
    taken.add(person.id)
    return { person, day }
  }
  throw new Error('nobody has three customers who owe something')
}

// walker is somebody with a stop to go to who is at no customer, each time another one.
const taken = new Set()
async function walker() {
  const desk = await openPage(browser)
  const api = desk.page.request
  await signIn(desk.page, server.url, 'manager')
  const { items } = await json(api.get(`${server.url}/v1/people?role=salesperson&limit=100`))
  const { business_day: day } = await json(api.get(`${server.url}/v1/me`))
  for (const person of items.filter((p) => p.active && !taken.has(p.id))) {
    taken.add(person.id)
    await signIn(desk.page, server.url, 'manager')
    await api.post(`${server.url}/v1/days/${person.id}/${day}/publish`, key()) // some have no day
    await signIn(desk.page, server.url, person.login)
    const path = `${server.url}/v1/days/${person.id}/${day}`
    const beat = await json(api.get(path, { headers: { 'X-Client': 'phone' } }))
    const stop = beat.stops.find((s) => s.state === 'planned')
    if (!stop?.position || !stop.customer_id) continue
    await endVisits(desk.page, server.url)
    await signIn(desk.page, server.url, 'manager')
    return { person, day, stop, office: api }
  }
  throw new Error('nobody has a stop to go to')
}

// onTheWay is that person's phone, at the first stop, opened with everything that it keeps.
async function onTheWay() {
  const view = await open()
  const { person, day, stop, office } = await walker()
  const { context, page } = view
  await signIn(page, server.url, person.login)
  await context.setGeolocation({ longitude: stop.position[0], latitude: stop.position[1], accuracy: 8 })
  await page.goto(`${server.url}/m/today?lang=en`)
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.reload()
  await page.locator('.next h2', { hasText: stop.name }).waitFor()
  await until(() => page.evaluate(async (address) =>
    Boolean(await (await caches.open('beatplan-data-1')).match(address)), `/v1/days/${person.id}/${day}`), 'kept day')
  const visits = async () => // of everybody's
    (await json(office.get(`${server.url}/v1/visits?customer=${stop.customer_id}&from=${day}`))).items
  return { ...view, person, day, stop, visits }
}

const open = async () => {
  const view = await openPage(browser, {
    width: 390, height: 844, hasTouch: true, permissions: ['geolocation'],
  })
  view.word = (name) => view.page.getByRole('button', { name, exact: true })
  view.waiting = (n) => view.page.locator('.strip', { hasText: `${n} waiting to be sent` }).waitFor()
  return view
}

test('orders and collections are kept, sent once, and conflicts shown', async () => {
  const desk = await openPage(browser)
  await signIn(desk.page, server.url, 'manager')
  const office = desk.page.request
  const { person, day } = await seller(office)
  const { context, page, word, waiting } = await open()
  await signIn(page, server.url, person.login)
  const api = page.request
  const beat = await json(api.get(`${server.url}/v1/days/${person.id}/${day}`, { headers: { 'X-Client': 'phone' } }))
  const stop = beat.stops.find((s) => s.state === 'checked_in') ?? beat.stops.find((s) => s.state === 'planned')
  const { items: unpaid } = await json(api.get(`${server.url}/v1/unpaid?route=${day}`))
  const orders = async () =>
    (await json(api.get(`${server.url}/v1/orders?customer=${stop.customer_id}&from=${day}`))).items
  const submissions = async () =>
    (await json(api.get(`${server.url}/v1/submissions?state=open&person=${person.id}`))).items
  const before = { orders: await orders(), sent: await submissions() }
  const fresh = (all, old) => all.filter((x) => old.every((o) => o.id !== x.id))
  assert.deepEqual(unpaid.map((i) => i.stop), unpaid.map((i) => i.stop).toSorted((a, b) => a - b), 'along the road')
  const [lost] = unpaid
  const won = unpaid.filter((i) => i.customer_id !== lost.customer_id).slice(0, 3)
  assert.ok(new Set(won.map((i) => i.customer_id)).size > 1, 'three customers on the route owe something')

  await context.setGeolocation({ longitude: stop.position[0], latitude: stop.position[1], accuracy: 8 })
  await page.goto(`${server.url}/m/today?lang=en`)
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.reload()
  await word('Check in').or(word('Check out')).waitFor()
  // Laid in while there is a network: what the day needs.
  await until(() => page.evaluate(async ([day, id]) => {
    const kept = await caches.open('beatplan-data-1')
    const all = [`/v1/unpaid?route=${day}`, `/v1/customers/${id}/last-order`, '/v1/products?limit=200']
    const files = (await (await caches.open('beatplan-shell-1')).keys()).map((r) => r.url).join()
    return ['OrderSheet', 'CollectTab', 'trade-'].every((f) => files.includes(f)) &&
      (await Promise.all(all.map((a) => kept.match(a)))).every(Boolean)
  }, [day, stop.customer_id]), 'provisions on the phone')

  await context.setOffline(true)
  let n = 0
  if (stop.state === 'planned') {
    await word('Check in').click()
    await waiting(++n)
  }
  await word('Order').click()
  await page.locator('dialog').getByText('prices are those last kept').waitFor()
  await page.getByLabel('Find a product').fill('juice')
  await page.locator('dialog .order-lines li', { hasText: 'Orange juice' }).getByRole('button').click()
  await shot(page, 'trade-offline-order')
  await page.getByRole('button', { name: /Confirm order/ }).click()
  await waiting(++n)
  await page.getByRole('link', { name: 'Collect along today’s route' }).click()
  for (const items of [[lost], won]) { // one alone, then several at once
    const box = (item) => page.getByRole('checkbox', { name: new RegExp(`Tick ${item.number},`) })
    for (const item of items) await box(item).check()
    const sum = items.reduce((all, i) => all + i.open_cents - i.submitted_cents, 0)
    const yuan = (sum / 100).toLocaleString('en', { minimumFractionDigits: 2 })
    if (items === won) await shot(page, 'trade-collect-several')
    await word(`Collect ¥${yuan}`).click()
    await waiting(++n)
    for (const item of items) await box(item).waitFor({ state: 'detached' })
  }
  await shot(page, 'trade-offline-collected')
  await page.reload() // the app was closed in between
  await waiting(n)
  // Meanwhile the office takes the first customer's money.
  await signIn(desk.page, server.url, 'finance')
  await json(office.post(`${server.url}/v1/collections`, {
    ...key(), data: {
      ticks: [{ item_id: lost.id, amount_cents: lost.open_cents - lost.submitted_cents }],
      tenders: [{ account: '1002', amount_cents: lost.open_cents - lost.submitted_cents }],
    },
  }))
  // The network is back; the first answer to the order never arrives.
  let dropped = 0
  await page.route('**/v1/orders', async (route) => {
    if (route.request().method() !== 'POST' || dropped++ > 0) return route.continue()
    await route.fetch()
    await route.abort('connectionreset')
  })
  await context.setOffline(false)
  await until(() => dropped > 0, 'order on its way')
  const refused = page.locator('.strip', { hasText: '1 not accepted' })
  await refused.waitFor()
  await refused.click()
  await page.locator('.outbox li[data-refused=true] p').waitFor()
  await shot(page, 'trade-conflict')
  page.once('dialog', (d) => void d.accept())
  await page.locator('.outbox li[data-refused=true]').getByRole('button', { name: 'Discard' }).click()
  await page.locator('.strip').waitFor({ state: 'detached' })

  const taken = fresh(await orders(), before.orders)
  assert.equal(taken.length, 1, 'the order once, though it was sent twice')
  const visit = (await json(api.get(`${server.url}/v1/visits?customer=${stop.customer_id}&from=${day}`))).items[0]
  assert.equal(taken[0].visit_id, visit.id, 'and of the visit that was made offline')
  const sent = fresh(await submissions(), before.sent)
  assert.equal(sent.length, 1, 'one collection, once')
  assert.deepEqual(sent[0].items.map((i) => i.number).toSorted(), won.map((i) => i.number).toSorted())
  await context.close()
  await desk.context.close()
})

test('what is kept ends after three days; an ended session leaves the unsent, a revoked device nothing', async () => {
  const { context, page, word, waiting, person: me, stop, visits } = await onTheWay()
  const api = page.request

  // Three days later, still without a network.
  const age = (hours) => page.evaluate(async (hours) => {
    const kept = await caches.open('beatplan-data-1')
    for (const request of await kept.keys()) {
      const old = await kept.match(request)
      const headers = new Headers(old.headers)
      headers.set('Date', new Date(Date.now() - hours * 3600_000).toUTCString())
      await kept.put(request, new Response(await old.blob(), { status: 200, headers }))
    }
  }, hours)
  await context.setOffline(true)
  await age(71)
  await page.reload()
  await page.getByText(stop.name).first().waitFor() // not three days yet
  await age(73)
  await page.reload()
  await word('Try again').first().waitFor()
  assert.equal(await page.getByText(stop.name).count(), 0)
  await until(() => page.evaluate(async () =>
    (await (await caches.open('beatplan-data-1')).keys()).length === 0), 'empty cache')
  await shot(page, 'trade-expired')
  await context.setOffline(false)
  await page.reload()
  await page.getByText(stop.name).first().waitFor()

  // The session ends while something waits.
  await context.setOffline(true)
  await word('Check in').click()
  await waiting(1)
  await json(api.delete(`${server.url}/v1/sessions/current`, key()))
  await context.setOffline(false)
  await page.getByText(/Waiting on this phone for .*: 1 not sent/).waitFor()
  await until(() => page.evaluate(async () => !(await caches.has('beatplan-data-1'))), 'wiped cache')
  await page.reload()
  await page.getByText(/Waiting on this phone for .*: 1 not sent/).waitFor()
  assert.equal(await page.getByText(stop.name).count(), 0, 'nothing can be read')
  await shot(page, 'trade-ended')
  await page.getByRole('button', { name: new RegExp(`^${me.name}`) }).click()
  await page.getByText(stop.name).first().waitFor()
  await page.locator('.strip').waitFor({ state: 'detached' })
  assert.deepEqual((await visits()).map((v) => [v.person_id, v.late]), [[me.id, true]], 'once, and by whoever made it')

  // The phone is lost: its owner signs it out from elsewhere while something waits on it.
  await page.evaluate(() => navigator.serviceWorker.ready)
  await word('Check out').waitFor() // never 'Check in' again while the day is read
  await context.setOffline(true)
  await word('Check out').click()
  await page.locator('dialog').getByRole('button', { name: 'Check out' }).click()
  await waiting(1)
  const desk = await openPage(browser)
  await signIn(desk.page, server.url, me.login)
  const { items: sessions } = await json(desk.page.request.get(`${server.url}/v1/sessions`))
  for (const s of sessions.filter((s) => !s.current)) {
    await json(desk.page.request.delete(`${server.url}/v1/sessions/${s.id}`, key()))
  }
  await context.setOffline(false)
  await page.getByText(/What it kept was deleted/).waitFor()
  assert.equal(await page.getByText(stop.name).count(), 0, 'nothing on the page')
  await shot(page, 'trade-revoked')
  assert.deepEqual(await page.evaluate(async () => ({
    answers: (await (await caches.open('beatplan-data-1')).keys()).length,
    unsent: await new Promise((done, fail) => {
      const open = indexedDB.open('beatplan-phone')
      open.onerror = fail
      open.onsuccess = () => {
        const all = open.result.transaction('outbox').objectStore('outbox').getAll()
        all.onsuccess = () => done(all.result.length)
        all.onerror = fail
      }
    }),
  })), { answers: 0, unsent: 0 })
  await page.reload()
  await page.getByRole('button', { name: new RegExp(`^${me.name}`) }).waitFor()
  assert.equal(await page.getByText('not sent').count(), 0)
  await desk.context.close()
  await context.close()
})

test('a clock that was set in between refuses nothing, and is seen; what is very old is asked about', async () => {
  const { context, page, word, waiting, person, day, stop, visits } = await onTheWay()
  const api = page.request
  const { items: [product] } = await json(api.get(`${server.url}/v1/products?limit=1`))
  const orders = async () =>
    (await json(api.get(`${server.url}/v1/orders?customer=${stop.customer_id}&from=${day}`))).items
  const had = await orders()
  await context.setOffline(true)
  await word('Check in').click()
  await waiting(1)
  // As if the clock had been three hours ahead all morning, and were right now; and an order
  // had lain there since before the server forgot its key.
  const made = await page.evaluate(([person, customer, product]) => new Promise((done, fail) => {
    const ahead = 3 * 3600
    const later = (at) => new Date(Date.parse(at) + ahead * 1000).toISOString()
    const open = indexedDB.open('beatplan-phone')
    open.onerror = fail
    open.onsuccess = () => {
      const tx = open.result.transaction('outbox', 'readwrite')
      const box = tx.objectStore('outbox')
      const all = box.getAll()
      all.onsuccess = () => {
        const [a] = all.result
        const { told } = a.then
        box.put({
          ...a, at: later(a.at), fix: { ...a.fix, at: later(a.fix.at) },
          then: { ...a.then, told: { ...told, ahead_s: told.ahead_s + ahead } },
        })
        box.add({
          person, customer, kind: 'order', local: 'order-old', name: 'Old order', key: crypto.randomUUID(),
          at: new Date(Date.now() - 100 * 24 * 3600_000).toISOString(),
          body: { customer_id: customer, confirm: true, lines: [{ product_id: product, quantity: '1' }] },
        })
        tx.oncomplete = () => done(Date.parse(a.fix.at) - told.ahead_s * 1000)
      }
    }
  }), [person.id, stop.customer_id, product.id])
  await page.reload() // the app was killed: no page has counted the time
  await waiting(2)
  await context.setOffline(false)
  const refused = page.locator('.strip', { hasText: '1 not accepted' })
  await refused.waitFor()
  const [visit] = await visits()
  assert.equal(Date.parse(visit.check_in.at), made, 'at its own time')
  await word('Check out').click()
  await page.locator('dialog').getByRole('button', { name: 'Check out' }).click()
  await until(async () => (await visits())[0].state === 'valid', 'valid visit')
  const truth = await json(api.get(`${server.url}/v1/visits/${visit.id}/truth`))
  // Or by more: a demo's clock stands elsewhere than the phone's.
  assert.ok(truth.doubts.some((d) => d.code === 'clock' && d.weight > 0 && d.value > 3 * 3600 - 60), JSON.stringify(truth))

  assert.equal((await orders()).length, had.length, 'not sent before somebody has looked')
  await refused.click()
  await page.getByText('waited for more than 90 days').waitFor()
  await shot(page, 'trade-too-old')
  await word('Try again').click()
  await page.locator('.strip').waitFor({ state: 'detached' })
  await until(async () => (await orders()).length === had.length + 1, 'order')
  await context.close()
})

test('two pages of one phone show and send the same, once', async () => {
  const { context, page, word, waiting, stop, visits } = await onTheWay()
  const second = await context.newPage()
  await second.goto(`${server.url}/m/today?lang=en`)
  const other = (name) => second.getByRole('button', { name, exact: true })
  await other('Check in').waitFor()
  const sent = [] // what was answered: a try before the network is really there reaches nobody
  context.on('response', (r) =>
    r.request().method() === 'POST' && r.url().endsWith('/v1/visits') && sent.push(r.url()))

  await context.setOffline(true)
  await word('Check in').click()
  await waiting(1)
  // What was done on one page stands on the other: nobody checks in twice.
  await other('Check out').waitFor()
  await second.locator('.strip', { hasText: '1 waiting to be sent' }).waitFor()
  assert.equal(await other('Check in').count(), 0)
  await context.setOffline(false)
  for (const p of [page, second]) {
    await p.locator('.strip').waitFor({ state: 'detached' })
    await p.getByRole('button', { name: 'Check out', exact: true }).waitFor()
  }
  assert.equal((await visits()).length, 1)
  await until(() => sent.length > 0, 'answer to the check-in')
  assert.equal(sent.length, 1, 'sent by one of them')
  // And the visit is ended on the other page, which did not begin it.
  await other('Check out').click()
  await second.locator('dialog').getByRole('button', { name: 'Check out' }).click()
  await page.locator(`.beat-list li[data-state=done]`, { hasText: stop.name }).waitFor()
  // It stands as done as soon as it is kept, before the server has it.
  await until(async () => (await visits()).every((v) => v.state === 'valid'), 'ended visit')
  assert.equal((await visits()).length, 1)
  await context.close()
})

test('what one person left unsent never goes out in the session of another', async () => {
  const { context, page, word, waiting, person, stop, visits } = await onTheWay()
  const { person: next, stop: nextStop } = await walker()
  await context.setOffline(true)
  await word('Check in').click()
  await waiting(1)
  // Somebody else signs in in this browser, without this page being told; the network is back.
  await signIn(page, server.url, next.login)
  await context.setOffline(false)
  await page.locator('.next h2', { hasText: nextStop.name }).waitFor()
  assert.equal(await page.getByText(stop.name, { exact: true }).count(), 0, 'nothing of the first person is shown')
  assert.equal(await page.locator('.strip').count(), 0, 'nor counted')
  assert.equal((await visits()).length, 0)
  // Not even by a page that does not know yet who is signed in.
  const late = await page.request.post(`${server.url}/v1/visits`, {
    headers: { ...key().headers, 'X-Person': String(person.id) }, data: { customer_id: stop.customer_id },
  })
  assert.equal(late.status(), 401)

  // Their own session again: it goes out, as theirs.
  await page.goto(`${server.url}/m/me?lang=en`)
  await word('Sign out').click()
  await page.getByText(`Waiting on this phone for ${person.name}: 1 not sent`).waitFor()
  await page.getByRole('button', { name: new RegExp(`^${person.name}`) }).click()
  await page.locator('nav.tabs').waitFor()
  await until(async () => (await visits()).length === 1, 'visit')
  assert.equal((await visits())[0].person_id, person.id)
  await context.close()
})

test('a sign-out without a network shows nothing more, and ends the session at the next contact', async () => {
  const { context, page, word, person, stop } = await onTheWay()
  const desk = await openPage(browser)
  await signIn(desk.page, server.url, person.login)
  const sessions = async () => (await json(desk.page.request.get(`${server.url}/v1/sessions`))).items.length
  const before = await sessions()
  const second = await context.newPage()
  await second.goto(`${server.url}/m/today?lang=en`)
  await second.getByText(stop.name).first().waitFor()

  await context.setOffline(true)
  await page.getByRole('link', { name: 'Me', exact: true }).click()
  await word('Sign out').click()
  for (const p of [page, second]) {
    await p.getByLabel('Password').waitFor()
    assert.equal(await p.getByText(stop.name).count(), 0, 'nothing to read')
  }
  await page.reload() // nor when the app is opened again
  await page.getByLabel('Password').waitFor()
  const asked = []
  page.on('request', (r) => r.url().includes('/v1/') && asked.push(`${r.method()} ${new URL(r.url()).pathname}`))
  await context.setOffline(false)
  await until(async () => await sessions() === before - 1, 'ended session')
  const end = 'DELETE /v1/sessions/current' // what is asked after it is the sign-in page's
  assert.ok(asked.slice(0, asked.lastIndexOf(end)).every((a) => a === end), `asked before: ${asked}`)
  await page.reload()
  await page.getByLabel('Password').waitFor()
  await shot(page, 'trade-signed-out')
  await desk.context.close()
  await context.close()
})

test('a visit on nobody’s plan is ended where it was begun, also without a network', async () => {
  const { context, page, word, waiting } = await open()
  await signIn(page, server.url, 'manager')
  const api = page.request
  const { items } = await json(api.get(`${server.url}/v1/customers?limit=50&sort=name`))
  const shop = items.find((c) => c.position)
  await context.setGeolocation({ longitude: shop.position[0], latitude: shop.position[1], accuracy: 8 })
  await page.goto(`${server.url}/m/customers/${shop.id}?lang=en`)
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.reload()
  await word('Check in').click()
  await word('Check out').waitFor()
  await page.getByRole('link', { name: 'Team', exact: true }).click()
  const back = page.getByRole('link', { name: `You are here · ${shop.name}` })
  await back.waitFor()
  await shot(page, 'trade-inspection')
  await back.click()
  await word('Check out').waitFor()
  await word('Photo').waitFor()
  await context.setOffline(true)
  await page.reload() // where one stands is kept
  await word('Check out').click()
  await page.locator('dialog').getByRole('button', { name: 'Check out' }).click()
  await waiting(1)
  await word('Check in').waitFor()
  await context.setOffline(false)
  await page.locator('.strip').waitFor({ state: 'detached' })
  const [visit] = (await json(api.get(`${server.url}/v1/visits?customer=${shop.id}&kind=inspection&limit=1`))).items
  assert.equal(visit.state, 'valid', 'a store inspection, of the manager’s own')
  await context.close()
})

// Starts the real binary with a data folder of its own on a free port, and a
// headless Chromium that draws maps. Every test file shares one of each.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before } from 'node:test'
import { chromium } from 'playwright-core'

const root = resolve(import.meta.dirname, '../..')
export const shots = join(import.meta.dirname, 'shots')

function freePort() {
  return new Promise((done, fail) => {
    const s = createServer()
    s.once('error', fail)
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => done(port))
    })
  })
}

function extract() {
  if (process.env.BEATPLAN_E2E_OSM) return process.env.BEATPLAN_E2E_OSM
  const dir = execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', 'github.com/paulmach/osm'], {
    cwd: root,
    encoding: 'utf8',
  }).trim()
  return join(dir, 'testdata', 'delaware-latest.osm.pbf')
}

// dataFolder makes a folder for one server. The database's own user may enter it, so that
// the database lies inside and goes with it. BEATPLAN_E2E_CLOCK lets the demo's day begin
// later than today, to try other weekdays: an instant before noon of the company's zone.
export function dataFolder() {
  const data = mkdtempSync(join(tmpdir(), 'beatplan-e2e-'))
  chmodSync(data, 0o755)
  const clock = process.env.BEATPLAN_E2E_CLOCK
  if (clock) writeFileSync(join(data, 'demo.clock'), clock)
  return data
}

// startServer runs `beatplan demo`, or `beatplan serve` with an empty company, and returns
// { url, log, stop, kill, data }. A port that somebody else took between looking and
// listening is left to them. While a test is written, BEATPLAN_E2E_URL names a demo that
// runs already.
export async function startServer({ data, osm, empty = false, args = [], readyWithin = 420_000 } = {}) {
  const running = process.env.BEATPLAN_E2E_URL
  if (running && !data && !osm && !empty) return { url: running, log: () => '', stop: async () => {}, kill: async () => {} }
  const bin = join(root, '.bin', 'beatplan')
  if (!existsSync(bin)) throw new Error(`${bin} is missing: make build`)
  const own = !data
  data ??= dataFolder()
  const tidy = () => own && rmSync(data, { recursive: true, force: true })
  for (let left = 5; ; left--) {
    const command = empty ? ['serve', ...args] : ['demo', '--osm', osm ?? extract(), ...args]
    const server = launch(bin, data, await freePort(), command, tidy)
    const trouble = await server.ready(readyWithin)
    if (!trouble) return server
    if (left > 1 && trouble.includes('address already in use')) continue
    tidy()
    throw new Error(trouble)
  }
}

function launch(bin, data, port, [command, ...args], tidy) {
  const url = `http://127.0.0.1:${port}`
  const child = spawn(bin, [command, '--data', data, '--listen', `127.0.0.1:${port}`, ...args],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stdout.on('data', (b) => (log += b))
  child.stderr.on('data', (b) => (log += b))
  let exited = null
  const gone = new Promise((done) =>
    child.once('exit', (code, signal) => {
      exited = signal ?? code
      done()
    }),
  )
  const end = async (signal) => {
    if (exited === null) child.kill(signal)
    await gone
  }
  return {
    url,
    data,
    pid: child.pid,
    log: () => log,
    // ready waits until requests are answered; otherwise it tells what is wrong.
    async ready(within) {
      const deadline = Date.now() + within
      for (;;) {
        if (exited !== null) return `beatplan ended (${exited}):\n${log.slice(-4000)}`
        if ((await fetch(`${url}/readyz`).catch(() => null))?.ok) return null
        if (Date.now() > deadline) {
          await end('SIGKILL')
          return `beatplan was not ready in time:\n${log.slice(-4000)}`
        }
        await new Promise((r) => setTimeout(r, 200))
      }
    },
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM')
      tidy()
      return exited
    },
  }
}

export async function startBrowser({ args = [] } = {}) {
  mkdirSync(shots, { recursive: true })
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', ...args],
    timeout: patience,
  })
}

// The server and the browser of a test file that asked for one of each.
export let server, browser

// oneOfEach starts a server and a browser before the tests of a file, and ends them after.
// ready is run when both are there: hooks of a file do not wait for each other. files puts
// into the data folder what must lie there before the server starts. The runner counts all
// this into the time of the first test: most of it is the demo's roads and basemap.
export function oneOfEach({ browserArgs, ready, files } = {}) {
  const data = files && dataFolder()
  before(async () => {
    await files?.(data)
    server = await startServer({ data })
    browser = await startBrowser({ args: browserArgs })
    await ready?.()
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
    if (data) rmSync(data, { recursive: true, force: true })
  })
}

// json is what the API answers to the page's session.
export async function json(page, path) {
  const r = await page.request.get(`${server.url}${path}`)
  assert.ok(r.ok(), `${path}: ${r.status()}`)
  return r.json()
}

// patience is how long anything may take, in milliseconds: no test is about speed, and a
// machine may be busy.
const patience = 90_000

// What a page says that is no fault of it: refusals, which tests ask for, and a network of
// the machine that changed under it.
const noise = /status of 4\d\d|net::ERR_NETWORK_CHANGED|net::ERR_NETWORK_IO_SUSPENDED/

// openPage gives a fresh signed-out page; faults collects what the page threw, with where.
// answered waits for an answer to an address that the page got at any time since it was
// opened, or since the last call of forget.
export async function openPage(browser, { width = 1440, height = 900, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    locale: 'en-US',
    ...options,
  })
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  const faults = []
  page.on('pageerror', (e) => faults.push(String(e.stack ?? e).slice(0, 600)))
  page.on('crash', () => faults.push('the page crashed'))
  page.on('console', (m) => {
    if (m.type() === 'error' && !noise.test(m.text())) faults.push(`${m.text()} ${m.location().url}`)
  })
  const answers = []
  page.on('response', (r) => answers.push({ url: r.url(), status: r.status() }))
  const answered = (part) =>
    until(() => answers.find((a) => a.url.includes(part) && a.status < 400), () => {
      const other = answers.filter((a) => a.url.includes(part)).map((a) => a.status)
      return `an answer from ${part} (${other.length ? `there were ${other}` : 'nothing was asked'})`
    })
  const forget = () => answers.splice(0)
  return { context, page, faults, answered, forget }
}

// until waits until fn answers something, and returns that; what says what was waited for.
export async function until(fn, what, within = patience) {
  for (const deadline = Date.now() + within; ;) {
    const found = await fn()
    if (found) return found
    if (Date.now() > deadline) assert.fail(`no ${typeof what === 'function' ? what() : what} within ${within / 1000} s`)
    await new Promise((r) => setTimeout(r, 100))
  }
}

// signIn takes a session for a demo login through the API, with the page's cookies.
export async function signIn(page, url, login) {
  const r = await page.request.post(`${url}/v1/sessions/demo`, {
    data: { login },
    headers: { 'Idempotency-Key': crypto.randomUUID() },
  })
  if (!r.ok()) throw new Error(`sign in as ${login}: ${r.status()} ${await r.text()}`)
}

// endVisits checks out of what the demo began for the signed-in person before they came.
export async function endVisits(page, url) {
  const me = await (await page.request.get(`${url}/v1/me`)).json()
  const day = await (await page.request.get(`${url}/v1/days/${me.id}/${me.business_day}`)).json()
  for (const s of day.stops.filter((s) => s.state === 'checked_in')) {
    const r = await page.request.post(`${url}/v1/visits/${s.visit_id}/check-out`,
      { data: {}, headers: { 'Idempotency-Key': crypto.randomUUID() } })
    assert.ok(r.ok(), `check-out of ${s.name}: ${r.status()} ${await r.text()}`)
  }
}

export async function shot(page, name) {
  await page.screenshot({ path: join(shots, `${name}.png`) })
}

// settled waits, for a picture and for nothing else, until the network is quiet and the
// map has drawn what it wants to draw. Where events keep coming that may never be, so it
// does not wait for ever: what a test needs it waits for by name.
export async function settled(page) {
  await page.waitForLoadState('networkidle', { timeout: 20_000 }).catch(() => {})
  await page.waitForTimeout(400)
  await page.locator('.map-canvas:not([data-drawn=yes])').first()
    .waitFor({ state: 'detached', timeout: 20_000 }).catch(() => {})
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// accessible asserts that axe finds no serious fault against WCAG 2 A and AA. Nothing
// fades meanwhile: half a transition has no contrast.
export async function accessible(page, where = '') {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.waitForTimeout(250)
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'], resultTypes: ['violations'] }))
  const serious = violations.filter((v) => ['serious', 'critical'].includes(v.impact))
  assert.deepEqual(serious.map((v) => `${where} ${v.id} ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`), [])
}

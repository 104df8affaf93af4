// Starts the real binary with a data folder of its own on a free port, and a
// headless Chromium that draws maps. Every test file shares one of each.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execFileSync } from 'node:child_process'
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

// startServer runs `beatplan demo` and returns { url, log, stop, kill, data }.
export async function startServer({ data, osm, args = [], readyWithin = 300_000 } = {}) {
  const own = !data
  data ??= mkdtempSync(join(tmpdir(), 'beatplan-e2e-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const bin = join(root, '.bin', 'beatplan')
  if (!existsSync(bin)) throw new Error(`${bin} is missing: make build`)
  const child = spawn(
    bin,
    ['demo', '--data', data, '--listen', `127.0.0.1:${port}`, '--osm', osm ?? extract(), ...args],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
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
  const deadline = Date.now() + readyWithin
  for (;;) {
    if (exited !== null) throw new Error(`beatplan ended (${exited}):\n${log.slice(-4000)}`)
    try {
      const r = await fetch(`${url}/readyz`)
      if (r.ok) break
    } catch {
      // not listening yet
    }
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`beatplan was not ready in time:\n${log.slice(-4000)}`)
    }
    await new Promise((r) => setTimeout(r, 200))
  }
  return {
    url,
    data,
    pid: child.pid,
    log: () => log,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    async stop() {
      if (exited === null) {
        child.kill('SIGTERM')
        await gone
      }
      if (own) rmSync(data, { recursive: true, force: true })
      return exited
    },
  }
}

export async function startBrowser() {
  mkdirSync(shots, { recursive: true })
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  })
}

// openPage gives a fresh signed-out page; faults collects what the page threw.
export async function openPage(browser, { width = 1440, height = 900, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    locale: 'en-US',
    ...options,
  })
  const page = await context.newPage()
  const faults = []
  page.on('pageerror', (e) => faults.push(String(e)))
  page.on('console', (m) => {
    if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) faults.push(m.text())
  })
  return { context, page, faults }
}

// signIn takes a session for a demo login through the API, with the page's cookies.
export async function signIn(page, url, login) {
  const r = await page.request.post(`${url}/v1/sessions/demo`, {
    data: { login },
    headers: { 'Idempotency-Key': crypto.randomUUID() },
  })
  if (!r.ok()) throw new Error(`sign in as ${login}: ${r.status()} ${await r.text()}`)
}

export async function shot(page, name) {
  await page.screenshot({ path: join(shots, `${name}.png`) })
}

// settled waits until the map has drawn what it wants to draw.
export async function settled(page) {
  await page.waitForLoadState('networkidle')
  await page.waitForTimeout(800)
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

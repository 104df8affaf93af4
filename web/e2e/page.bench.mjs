/* global PerformanceObserver */
// Long tasks of the page with 100,000 customers while a hand pans and zooms: each
// stretch of the main thread beyond 50 ms is reported by the browser itself
// (PerformanceObserver, Long Tasks API). A trace tells beside it how much of a task the
// page's own thread computed: the rest it waited, for the graphics card that here is a
// program, or for a turn on the processor. Prints "name value unit" lines. Run by
// `make bench-page`; it measures, so it is no test.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { openPage, settled, shot, startBrowser } from './harness.mjs'

const customers = Number(process.env.CUSTOMERS ?? 100_000)
const rounds = Number(process.env.ROUNDS ?? 6)
const bin = join(resolve(import.meta.dirname, '../..'), '.bin', 'beatplan')
const server = spawn(bin, ['bench', 'page', '--customers', String(customers)], { stdio: ['ignore', 'pipe', 'inherit'] })
const gone = new Promise((done) => server.once('exit', done))

// told collects the lines that the server writes until it has said where it is.
function told() {
  return new Promise((done, fail) => {
    let text = ''
    server.stdout.on('data', (b) => {
      text += b
      const said = Object.fromEntries(text.split('\n').map((l) => l.split(' ')))
      if (said.place) done(said)
    })
    server.once('exit', () => fail(new Error('the server ended')))
  })
}

// ownTimes are the milliseconds of processor time of the tasks of the page's main thread.
function ownTimes(trace) {
  const { traceEvents } = JSON.parse(trace)
  const mains = traceEvents.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain')
  const tasksOf = ({ pid, tid }) => traceEvents
    .filter((e) => e.name === 'RunTask' && e.pid === pid && e.tid === tid).map((e) => (e.tdur ?? 0) / 1000)
  return mains.map(tasksOf).toSorted((a, b) => b.length - a.length)[0]
}

const print = (name, value, unit) => console.log(`${name} ${value} ${unit}`)

let browser
try {
  const { address, cookie, place } = await told()
  browser = await startBrowser()
  const { context, page } = await openPage(browser)
  const [name, value] = cookie.split('=')
  await context.addCookies([{ name, value, url: address }])
  await page.goto(`${address}/map?at=${place},9`)
  await page.locator('.list-head').getByText(/customers/).waitFor()
  await settled(page)
  const { total } = await (await page.request.get(`${address}/v1/customers/count`)).json()
  print('page_customers', total, 'customers')
  await page.evaluate(() => {
    window.tasks = []
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) window.tasks.push(e.duration)
    }).observe({ type: 'longtask' })
  })
  const box = await page.locator('.maplibregl-canvas').boundingBox()
  const [x, y] = [box.x + box.width * 0.65, box.y + box.height / 2]
  await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] })
  const begin = Date.now()
  for (let round = 0; round < rounds; round++) {
    await page.mouse.move(x, y)
    await page.mouse.down()
    for (let i = 1; i <= 20; i++) await page.mouse.move(x - 14 * i, y + 8 * i)
    await page.mouse.up()
    for (let i = 0; i < 8; i++) {
      await page.mouse.wheel(0, round % 2 ? 240 : -240)
      await page.waitForTimeout(60)
    }
    await page.waitForTimeout(600)
  }
  await settled(page)
  const tasks = await page.evaluate(() => window.tasks)
  const own = ownTimes(await browser.stopTracing())
  await shot(page, 'page-bench')
  print('page_seconds', ((Date.now() - begin) / 1000).toFixed(1), 's')
  print('page_tasks_over_50_ms', tasks.length, 'tasks')
  print('page_tasks_over_100_ms', tasks.filter((d) => d > 100).length, 'tasks')
  print('page_longest_task_ms', Math.round(Math.max(0, ...tasks)), 'ms')
  print('page_own_tasks_over_100_ms', own.filter((d) => d > 100).length, 'tasks')
  print('page_longest_own_ms', Math.round(own.reduce((a, b) => Math.max(a, b), 0)), 'ms')
} finally {
  await browser?.close()
  server.kill('SIGTERM')
  await gone
}

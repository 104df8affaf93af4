// How long a browser that has kept nothing needs for the view of a city: from the address
// to the last label drawn, page and program included. Prints "name value unit" lines. Run
// by `make bench-page`; it measures, so it is no test.
import { openPage, signIn, startBrowser, startServer } from './harness.mjs'

const wilmington = '-75.546,39.746,12.5'
const times = Number(process.env.TIMES ?? 5)

const server = await startServer()
const browser = await startBrowser()
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]

// look opens the view in a browser of its own, and tells when it was drawn and how long the
// basemap's tiles took from the first question to the last answer, in milliseconds.
async function look() {
  const { context, page } = await openPage(browser)
  await signIn(page, server.url, 'manager')
  const asked = [], answered = [] // tiles are asked for by a worker, whose times the page does not see
  const ofMap = (r) => r.url().includes('/tiles/basemap/')
  page.on('request', (r) => ofMap(r) && asked.push(Date.now()))
  page.on('requestfinished', (r) => ofMap(r) && answered.push(Date.now()))
  await page.goto(`${server.url}/map?at=${wilmington}`, { waitUntil: 'commit' })
  const drawn = await page.waitForFunction(() =>
    document.querySelector('.map-canvas[data-drawn=yes]') && performance.now())
  const at = await drawn.jsonValue()
  const ms = Math.max(...answered) - Math.min(...asked)
  await context.close()
  return { at, ms, count: answered.length }
}

try {
  await look() // the first draws shaders and reads the archive from disk
  const seen = []
  for (let i = 0; i < times; i++) seen.push(await look())
  console.log(`page_city_cold_ms ${Math.round(median(seen.map((s) => s.at)))} ms`)
  console.log(`page_city_tiles_ms ${Math.round(median(seen.map((s) => s.ms)))} ms`)
  console.log(`page_city_tiles ${seen[0].count} tiles`)
} finally {
  await browser.close()
  await server.stop()
}

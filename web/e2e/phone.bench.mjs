/* global requestAnimationFrame, MutationObserver */
// Measures the phone's first screen as a salesperson has it: a cold browser on slow 4G
// (1.6 Mbit/s, 150 ms there and back) with a processor four times slower, and the same
// page without any network. Prints "name value unit" lines. Usage: node phone.bench.mjs
import { openPage, signIn, startBrowser, startServer } from './harness.mjs'

const slow4G = {
  offline: false, latency: 150,
  downloadThroughput: (1638.4 * 1024) / 8, uploadThroughput: (750 * 1024) / 8,
}
const slower = 4 // times
const rounds = Number(process.env.ROUNDS ?? 5)

const middle = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]

// throttled puts the page on a slow network and a slow processor.
async function throttled(context, page) {
  const cdp = await context.newCDPSession(page)
  await cdp.send('Network.enable')
  await cdp.send('Network.emulateNetworkConditions', slow4G)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower })
  return cdp
}

// usable waits until today's stops stand with the next action ready, taps one of them, and
// says how long it took since the navigation began until the tap was answered on the
// screen, in milliseconds.
async function usable(page) {
  return page.evaluate(() => new Promise((done) => {
    let tapped = false
    const look = () => {
      const action = [...document.querySelectorAll('button.huge')].some((b) => !b.disabled)
      const way = document.querySelector('.beat-list button.round')
      if (!tapped && action && way) {
        tapped = true
        way.click()
      }
      if (!tapped || !document.querySelector('dialog[open] h2')) return false
      requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))
      return true
    }
    if (look()) return
    const watch = new MutationObserver(() => look() && watch.disconnect())
    watch.observe(document, { subtree: true, childList: true, attributes: true })
  }))
}

const server = await startServer()
const browser = await startBrowser()
try {
  const office = await openPage(browser)
  await signIn(office.page, server.url, 'chenwei')
  const me = await (await office.page.request.get(`${server.url}/v1/me`)).json()
  await signIn(office.page, server.url, 'manager')
  await office.page.request.post(`${server.url}/v1/days/${me.id}/${me.business_day}/publish`,
    { headers: { 'Idempotency-Key': crypto.randomUUID() } })
  await office.context.close()
  const cold = [], kept = [], sizes = []
  for (let i = 0; i < rounds; i++) {
    const { context, page } = await openPage(browser, { width: 390, height: 844, isMobile: true, hasTouch: true })
    await signIn(page, server.url, 'chenwei')
    const cdp = await throttled(context, page)
    await page.goto(`${server.url}/m/today`, { waitUntil: 'commit' })
    cold.push(await usable(page))
    sizes.push(await page.evaluate(() => performance.getEntriesByType('resource')
      .filter((r) => /\.m?js(\?|$)/.test(r.name)).reduce((n, r) => n + r.encodedBodySize, 0)))
    // Once more with a network, so that the worker keeps what is read; then without.
    await cdp.send('Network.emulateNetworkConditions', { ...slow4G, latency: 0, downloadThroughput: -1, uploadThroughput: -1 })
    await page.evaluate(() => globalThis.navigator.serviceWorker.ready)
    await page.reload()
    await usable(page)
    await page.waitForLoadState('networkidle', { timeout: 15_000 }).catch(() => {})
    await context.setOffline(true)
    await page.reload({ waitUntil: 'commit' })
    kept.push(await usable(page))
    await context.close()
  }
  console.log(`phone_first_seen_kb ${(middle(sizes) / 1024).toFixed(0)} kB`)
  console.log(`phone_usable_s ${(middle(cold) / 1000).toFixed(2)} s`)
  console.log(`phone_offline_s ${(middle(kept) / 1000).toFixed(2)} s`)
} finally {
  await browser.close()
  await server.stop()
}

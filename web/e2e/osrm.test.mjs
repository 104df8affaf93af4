// A client written by others: Leaflet Routing Machine asks our server as it would ask
// OSRM, draws the route and lists the turns.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { openPage, shot, startBrowser } from './harness.mjs'

const root = resolve(import.meta.dirname, '../..')
const modules = resolve(import.meta.dirname, '../node_modules')

test('Leaflet Routing Machine works against the OSRM protocol', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'beatplan-osrm-'))
  const library = execFileSync('go', ['list', '-m', '-f', '{{.Dir}}', 'github.com/paulmach/osm'], {
    cwd: root,
    encoding: 'utf8',
  }).trim()
  const bin = process.env.BEATPLAN_E2E_BIN ?? join(root, '.bin', 'beatplan')
  const file = join(dir, 'delaware.net')
  execFileSync(bin, ['network', 'build', join(library, 'testdata/delaware-latest.osm.pbf'), file])
  const server = spawn(bin, ['network', 'serve', file, '--listen', '127.0.0.1:0'])
  const browser = await startBrowser()
  try {
    const url = await new Promise((done, fail) => {
      server.once('exit', () => fail(new Error('the server ended')))
      server.stdout.on('data', (b) => {
        const found = /http:\/\/[\d.:]+/.exec(String(b))
        if (found) done(found[0])
      })
    })
    const { page, faults } = await openPage(browser, { width: 1000, height: 700 })
    await page.setContent('<div id="map" style="position:absolute;inset:0"></div>')
    for (const name of ['leaflet/dist/leaflet', 'leaflet-routing-machine/dist/leaflet-routing-machine']) {
      await page.addStyleTag({ content: readFileSync(join(modules, `${name}.css`), 'utf8') })
      await page.addScriptTag({ content: readFileSync(join(modules, `${name}.js`), 'utf8') })
    }
    const ask = (waypoints) =>
      page.evaluate(
        ({ url, waypoints }) =>
          new Promise((done) => {
            const L = window.L
            window.drawn ??= L.map('map').setView([39.45, -75.55], 9)
            window.control?.remove()
            window.control = L.Routing.control({
              router: L.Routing.osrmv1({ serviceUrl: `${url}/route/v1`, suppressDemoServerWarning: true }),
              waypoints: waypoints.map(([lon, lat]) => L.latLng(lat, lon)),
              createMarker: () => null,
            })
            window.control.on('routesfound', (e) =>
              done(
                e.routes.map((r) => ({
                  name: r.name,
                  meters: r.summary.totalDistance,
                  seconds: r.summary.totalTime,
                  points: r.coordinates.length,
                  turns: r.instructions.length,
                  snapped: r.waypoints.length,
                })),
              ),
            )
            window.control.on('routingerror', (e) => done({ refused: e.error }))
            window.control.addTo(window.drawn)
          }),
        { url, waypoints },
      )
    const dover = [-75.5244, 39.1582]
    const wilmington = [-75.5466, 39.7459]
    const found = await ask([dover, wilmington])
    assert.ok(!found.refused, JSON.stringify(found))
    const [best] = found
    assert.ok(best.meters > 60_000 && best.meters < 120_000, JSON.stringify(best))
    assert.ok(best.seconds > 2400 && best.points > 100 && best.turns > 3 && best.snapped === 2)
    await page.waitForSelector('.leaflet-routing-alt tr')
    assert.ok((await page.locator('.leaflet-routing-alt tr').count()) > 3)
    await shot(page, 'osrm-leaflet-routing-machine')
    const through = await ask([dover, [-75.6, 39.4], wilmington])
    assert.equal(through[0].snapped, 3)
    assert.ok(through[0].seconds >= best.seconds)
    assert.deepEqual(faults, [])
    // The client hears of a refusal, and writes it to the console; it comes in OSRM's words.
    const refused = await ask([dover, [-60, 39]])
    assert.match(refused.refused?.message ?? '', /HTTP request failed/)
    const words = await page.evaluate(async (url) => {
      const r = await fetch(`${url}/route/v1/driving/-75.5244,39.1582;-60,39`)
      return { status: r.status, ...(await r.json()) }
    }, url)
    assert.equal(`${words.status} ${words.code}`, '400 NoSegment')
  } finally {
    await browser.close()
    server.kill('SIGTERM')
    rmSync(dir, { recursive: true, force: true })
  }
})

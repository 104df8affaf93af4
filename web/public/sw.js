/*
 * The phone's service worker. It keeps the app's own files, those of every screen, so
 * that the page opens without a network, and the last answers about today, so that the
 * beat can be read in a cellar. Commands are never kept or replayed here.
 */
const shell = 'beatplan-shell-1'
const data = 'beatplan-data-1'
const kept = ['/v1/me', '/v1/people', '/v1/days/', '/v1/due', '/v1/duty', '/v1/customers', '/v1/visit-forms',
  '/v1/visit-policy', '/v1/warnings', '/v1/messages', '/v1/products', '/v1/unpaid']
// Where one has checked in and not out.
const openVisit = (url) => url.pathname === '/v1/visits' && url.searchParams.get('state') === 'open'
const list = '/m/files.json' // every file of the phone's screens, written by the build
const keptFor = 72 * 3600 * 1000 // what is older is not shown any more

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(shell)
      .then((c) => c.addAll(['/icon.svg', '/manifest.webmanifest']))
      .then(() => fetch('/m')).then(keepPage),
  )
  self.skipWaiting()
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => names.filter((n) => n !== shell && n !== data))
      .then((old) => Promise.all(old.map((n) => caches.delete(n))))
      .then(sweep)
      .then(() => self.clients.claim()),
  )
})

/** Throws away what is too old to be shown, so that a lost phone does not keep it. */
async function sweep() {
  if (!(await caches.has(data))) return
  const cache = await caches.open(data)
  for (const request of await cache.keys()) {
    const answer = await cache.match(request)
    if (answer && tooOld(answer)) await cache.delete(request)
  }
}

const age = (answer) => Date.now() - Date.parse(answer.headers.get('Date') ?? '')
const tooOld = (answer) => !(age(answer) < keptFor)
// Nor is it shown to a clock that was set back by days: nobody knows how old it is then.
const fresh = (answer) => Math.abs(age(answer)) < keptFor

/** A kept answer says that it is one: what was sent since is not in it. */
function asKept(old) {
  const headers = new Headers(old.headers)
  headers.set('X-Kept', 'yes')
  return new Response(old.body, { status: old.status, headers })
}

/** An answer from the network, and kept; without one, what was kept last. */
async function freshFirst(request) {
  let answer
  try {
    answer = await fetch(request)
    // The page of a network that wants a sign-in of its own is no answer of the server.
    if (/html/.test(answer.headers.get('Content-Type') ?? '')) throw new TypeError('not the server')
  } catch (lost) {
    const cache = await caches.open(data)
    const old = await cache.match(request)
    if (old && fresh(old)) return asKept(old)
    if (old && tooOld(old)) await cache.delete(request)
    throw lost
  }
  // Whose session was ended keeps nothing: the next contact wipes the device.
  if (answer.status === 401) await caches.delete(data)
  // A phone without room keeps nothing more, and shows what the server said all the same.
  if (answer.ok) await keepAnswer(request, answer.clone()).catch(() => undefined)
  return answer
}

/** Keeps an answer in the place of the one before, which nobody wants any more also where there is no room. */
async function keepAnswer(request, answer) {
  const cache = await caches.open(data)
  try {
    await cache.put(request, answer)
  } catch (full) {
    await cache.delete(request)
    throw full
  }
}

/** The page from the network; without one, as it was kept last. */
async function page(event) {
  try {
    const answer = await fetch(event.request)
    if (answer.ok) event.waitUntil(keepPage(answer.clone()).catch(() => undefined))
    return answer
  } catch (lost) {
    const old = await (await caches.open(shell)).match('/m')
    if (old) return old
    throw lost
  }
}

/**
 * Keeps a page when the files that it names are kept: a network that goes in the middle of
 * a new version leaves the one before, which opens.
 */
async function keepPage(answer) {
  if (!answer.ok) throw new Error(`page: ${answer.status}`)
  const named = (await answer.clone().text()).match(/\/assets\/[\w.-]+/g) ?? []
  const files = await Promise.all(named.map(keptFirst))
  if (files.every((f) => f.ok)) await (await caches.open(shell)).put('/m', answer)
}

/** Files whose names carry their hash never change. */
async function keptFirst(request) {
  const cache = await caches.open(shell)
  const old = await cache.match(request)
  if (old) return old
  const answer = await fetch(request)
  if (answer.ok) await cache.put(request, answer.clone())
  return answer
}

/**
 * Lays in the files of all screens, one after the other, while there is a network, then the
 * page that names them. Files of the version before stay until the next one: a page may
 * still be open that needs them.
 */
async function layIn() {
  const cache = await caches.open(shell)
  const answer = await fetch(list)
  if (!answer.ok) return
  const files = await answer.clone().json()
  const before = await cache.match(list).then((old) => old?.json() ?? [])
  for (const file of files) await keptFirst(file)
  if (String(files) === String(before)) return // the version that is laid in already
  await keepPage(await fetch('/m'))
  await cache.put(list, answer)
  const wanted = new Set([...files, ...before])
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/assets/') && !wanted.has(pathname)) await cache.delete(request)
  }
}

self.addEventListener('message', (event) => {
  // A page of the version before asks this when somebody signs out.
  if (event.data === 'forget') event.waitUntil(caches.delete(data))
  // Broken off where the network goes: the page asks again when it is back.
  if (event.data === 'lay in') event.waitUntil(layIn().catch(() => undefined))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (request.mode === 'navigate' && /^\/m(\/|$)/.test(url.pathname)) {
    event.waitUntil(sweep())
    event.respondWith(page(event))
  } else if (url.pathname.startsWith('/assets/')) {
    event.respondWith(keptFirst(request))
  } else if (kept.some((p) => url.pathname.startsWith(p)) || openVisit(url)) {
    event.respondWith(freshFirst(request))
  }
})

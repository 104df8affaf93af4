/*
 * The phone's service worker. It keeps the app's own files, those of every screen, so
 * that the page opens without a network, and the last answers about today, so that the
 * beat can be read in a cellar. Commands are never kept or replayed here.
 */
const shell = 'beatplan-shell-1'
const data = 'beatplan-data-1'
const kept = ['/v1/me', '/v1/people', '/v1/days/', '/v1/due', '/v1/duty', '/v1/customers', '/v1/visit-forms',
  '/v1/visit-policy', '/v1/warnings', '/v1/messages', '/v1/products', '/v1/unpaid']
const list = '/m/files.json' // every file of the phone's screens, written by the build
const keptFor = 72 * 3600 * 1000 // what is older is not shown any more

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(shell).then((c) => c.addAll(['/m', '/icon.svg', '/manifest.webmanifest'])),
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
    if (answer && !fresh(answer)) await cache.delete(request)
  }
}

function fresh(answer) {
  const at = Date.parse(answer.headers.get('Date') ?? '')
  return Number.isFinite(at) && Date.now() - at < keptFor
}

/** From the network, and kept; without one, what was kept last. */
async function freshFirst(request, name, key = request) {
  const cache = await caches.open(name)
  try {
    const answer = await fetch(request)
    // Whose session was ended keeps nothing: the next contact wipes the device.
    if (answer.status === 401 && name === data) await caches.delete(data)
    if (answer.ok) await cache.put(key, answer.clone())
    return answer
  } catch (lost) {
    const old = await cache.match(key)
    if (old && (name !== data || fresh(old))) return old
    if (old) await cache.delete(key)
    throw lost
  }
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
 * Lays in the files of all screens, one after the other, while there is a network. Files
 * of the version before stay until the next one: a page may still be open that needs them.
 */
async function layIn() {
  const cache = await caches.open(shell)
  const answer = await fetch(list)
  if (!answer.ok) return
  const files = await answer.clone().json()
  const before = await cache.match(list).then((old) => old?.json() ?? [])
  for (const file of files) await keptFirst(file)
  await cache.put(list, answer)
  const wanted = new Set([...files, ...before])
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/assets/') && !wanted.has(pathname)) await cache.delete(request)
  }
}

self.addEventListener('message', (event) => {
  // Whoever signs out leaves nothing behind on the device.
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
    event.respondWith(freshFirst(request, shell, '/m'))
  } else if (url.pathname.startsWith('/assets/')) {
    event.respondWith(keptFirst(request))
  } else if (kept.some((p) => url.pathname.startsWith(p))) {
    event.respondWith(freshFirst(request, data))
  }
})

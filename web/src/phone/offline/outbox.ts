import { useSyncExternalStore } from 'react'
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { ApiError, commandKey, get, ofPerson, post, put, request, rows, unanswered } from '../../api/client'
import { instant, sinceThen, type Instant } from '../../api/clock'
import type { Fix, Page, Visit } from '../../api/types'
import { pass } from './pass'

/**
 * What was done on the phone and has not reached the server yet. Every action has
 * a key of its own, so that sending it again changes nothing; they are sent in
 * order, one at a time, by one page at a time, and only in the session of their person.
 * What the server refuses stays here with its reason until somebody decides about it; what
 * hangs on it waits. A fault of the server holds back no more than that either, and is tried
 * again by itself. What changed a stop or took money stays, as sent, until the page has
 * read the day again: what is shown does not fall back in between.
 */

export interface Action {
  id: number
  person: number
  /** Names the visit before the server has given it a number. */
  local: string
  kind: 'in' | 'photo' | 'step' | 'out' | 'skip' | 'order' | 'collect'
  customer: number | null
  name: string
  key: string
  at: string
  /** The same instant by what nobody can set; a clock may be set before this is sent. */
  then?: Instant
  fix?: Fix
  body: Record<string, unknown>
  file?: Blob
  /** Of a check-out, a photo, a step or an order whose visit is known already; of a skipped stop. */
  target?: number
  /** What an order or a collection comes to, in cents, as the phone reckoned it. */
  cents?: number
  /** Whose it is, for the sign-in page. */
  owner?: string
  refused?: { status?: number; code: string; detail: string; args: Record<string, unknown> }
  /** The server's fault at the last try, and when the next one is due (milliseconds, device's clock). */
  fault?: { code: string; detail: string; incident: string; tries: number; until: number }
  /** The server has it; what is on the screen may be older. */
  sent?: boolean
}

export type NewAction = Omit<Action, 'id' | 'key' | 'at' | 'then'> & { key?: string }

/** Fired on window when another page of this browser has sent something; who prevents it calls showOutbox. */
export const sentElsewhere = 'beatplan:sent-elsewhere'

interface Schema extends DBSchema {
  outbox: { key: number; value: Action }
  visits: { key: string; value: { local: string; id: number } }
}

let opened: Promise<IDBPDatabase<Schema>> | null = null
const closed = () => {
  opened = null // a browser may close it; the next who asks opens it anew
}
const database = () => {
  if (opened) return opened
  opened = openDB<Schema>('beatplan-phone', 1, {
    upgrade(db) {
      db.createObjectStore('outbox', { keyPath: 'id', autoIncrement: true })
      db.createObjectStore('visits', { keyPath: 'local' })
    },
    terminated: closed,
  })
  opened.catch(closed)
  return opened
}

let actions: readonly Action[] = []
let read = false
const readers = new Set<() => void>()

async function reload() {
  actions = await (await database()).getAll('outbox')
  shown()
}

function shown() {
  read = true
  for (const tell of readers) tell()
}

type News = 'changed' | 'sent'
let pages: BroadcastChannel | undefined

/** Tells the other pages of this browser, and shows it in this one. */
async function changed(news: News = 'changed') {
  await reload()
  pages?.postMessage(news)
}

const atLatest = 3000 // ms; some browsers never answer

/**
 * Reads what waits, once, when the page begins: nothing about a stop is shown before. A
 * browser that keeps nothing has nothing waiting.
 */
export function openOutbox() {
  void reload().catch(shown)
  setTimeout(shown, atLatest)
  if (typeof BroadcastChannel === 'undefined') return
  pages = new BroadcastChannel('beatplan-outbox')
  pages.onmessage = (e: MessageEvent<News>) => {
    // A page that shows the day reads it before what was sent goes from the screen.
    const event = new CustomEvent(sentElsewhere, { cancelable: true })
    if (e.data !== 'sent' || dispatchEvent(event)) showOutbox()
  }
}

/** Shows what waits as it is now. */
export function showOutbox() {
  void reload().catch(() => undefined)
}

function subscribe(tell: () => void) {
  readers.add(tell)
  return () => {
    readers.delete(tell)
  }
}

/** Everything that waits, the oldest first, and what was sent a moment ago. */
export const useOutbox = () => useSyncExternalStore(subscribe, () => actions)

/** Whether what waits has been read. */
export const useOutboxRead = () => useSyncExternalStore(subscribe, () => read)

/** What waits of this person. */
export const unsent = (all: readonly Action[], person: number) => all.filter((a) => a.person === person && !a.sent)

/** What cannot be sent without the number of its visit. */
const ofVisit: ReadonlySet<Action['kind']> = new Set(['photo', 'step', 'out'])

/** Whether an action must wait behind others of its person, or for the number of its visit. */
async function mustWait(a: NewAction): Promise<boolean> {
  const db = await database()
  if (unsent(await db.getAll('outbox'), a.person).length > 0) return true
  return a.target === undefined && (ofVisit.has(a.kind) || (await db.get('visits', a.local)) !== undefined)
}

/** This moment, as an action is kept with it. */
const moment = () => ({ at: new Date().toISOString(), then: instant() })

/**
 * Keeps an action of this moment, or of the one when it was done; it is durable when this
 * returns. It fails where the phone has no room for it.
 */
export async function keep(action: NewAction, done = moment()): Promise<void> {
  const row = { ...action, ...done, key: action.key ?? commandKey() }
  try {
    const tx = (await database()).transaction('outbox', 'readwrite', { durability: 'strict' })
    await Promise.all([tx.store.add(row as Action), tx.done])
  } catch {
    throw new ApiError(0, { code: 'phone.not_kept' }) // its key stays: an answer may have been lost
  }
  // What waits must outlast other pages' hunger for storage, where the browser agrees.
  void navigator.storage?.persist?.().catch(() => undefined)
  await changed()
}

/** Gives an action up, and what hangs on it. */
export async function discard(action: Action): Promise<void> {
  const db = await database()
  for (const a of await db.getAll('outbox')) {
    if (a.id === action.id || (action.kind === 'in' && a.local === action.local)) {
      await db.delete('outbox', a.id)
    }
  }
  await changed()
}

/** Tries a refused action again, with a reason where one was missing; one that met a fault under the key it has. */
export async function again(action: Action, reason?: string): Promise<void> {
  const body = reason ? { ...action.body, reason } : action.body
  const key = action.refused ? commandKey() : action.key
  const renewed = action.refused?.code === tooOld ? { at: new Date().toISOString() } : {}
  const tx = (await database()).transaction('outbox', 'readwrite')
  const now = await tx.store.get(action.id)
  // Another page may have tried it again, or given it up: it counts once.
  if (now?.key === action.key && !now.sent) {
    await tx.store.put({ ...action, ...renewed, body, key, refused: undefined, fault: undefined })
  }
  await tx.done
  await changed()
}

/** Gives up everything of one person: the device was told to forget them. */
export async function discardAll(person: number): Promise<void> {
  const db = await database()
  for (const a of await db.getAll('outbox')) if (a.person === person) await db.delete('outbox', a.id)
  await changed()
}

/** Gives up everything of everybody: the device was revoked. */
export async function forgetAll(): Promise<void> {
  const db = await database()
  await Promise.all([db.clear('outbox'), db.clear('visits')])
  await changed()
}

let turn: Promise<unknown> = Promise.resolve()

/**
 * Sends what waits, in order; it stops where the network or the session ends. Then read
 * brings the screen up to what was sent, and answers whether it could.
 */
export async function flush(
  person: number, read: (sent: readonly Action[]) => Promise<boolean>,
): Promise<void> {
  const work = () => drain(person).then(() => settle(person, read))
  if (navigator.locks) {
    await navigator.locks.request('beatplan-outbox', work)
    return
  }
  // Without locks (plain HTTP) pages do not wait for each other: keys count an action once.
  const mine = turn.then(work)
  turn = mine.catch(() => undefined)
  await mine
}

/** What is still shown after it was sent, until the screen was read again. */
const lingers: ReadonlySet<Action['kind']> = new Set(['in', 'step', 'out', 'skip', 'collect'])

async function settle(person: number, read: (sent: readonly Action[]) => Promise<boolean>) {
  const db = await database()
  const sent = (await db.getAll('outbox')).filter((a) => a.person === person && a.sent)
  if (sent.length === 0 || !(await read(sent))) return
  for (const a of sent) await db.delete('outbox', a.id)
  await changed('sent')
}

/** Marks an action, unless another page has dealt with it meanwhile. */
async function note(db: IDBPDatabase<Schema>, a: Action) {
  const tx = db.transaction('outbox', 'readwrite')
  if (await tx.store.get(a.id)) await tx.store.put(a)
  await tx.done
}

async function drain(person: number) {
  const db = await database()
  const sendIt = async (a: Action) => {
    const now = await db.get('outbox', a.id) // it may have been given up meanwhile
    if (now && !now.sent) await send(db, now)
  }
  await pass(unsent(await db.getAll('outbox'), person), Date.now, sendIt, async (a, fate) => {
    if ('sent' in fate && !lingers.has(a.kind)) await db.delete('outbox', a.id)
    else await note(db, { ...a, fault: undefined, ...fate })
    await changed()
  })
}

const stamped = (fix: Fix | undefined) => fix && { ...fix, sent_at: new Date().toISOString() }

/** The server knows a key for a hundred days: what is older is sent only when its person says so. */
const tooOld = 'phone.too_old'
const sureFor = 90 * 24 * 3600_000 // ms
const unsure = (a: Action) => (a.kind === 'order' || a.kind === 'collect') && Date.now() - Date.parse(a.at) > sureFor

/** How long one action may take: a network that never answers must not hold back all others. */
const patience = { command: 60_000, photo: 600_000 } // ms

async function send(db: IDBPDatabase<Schema>, a: Action): Promise<void> {
  if (unsure(a)) throw new ApiError(409, { code: tooOld })
  const as = { key: a.key, headers: ofPerson(a.person), signal: AbortSignal.timeout(patience.command) }
  const known = sinceThen(a.then)
  try {
    if (a.kind === 'skip') {
      await post(`/v1/stops/${a.target}/skip`, a.body, as)
      return
    }
    if (a.kind === 'collect') {
      await post('/v1/collections', a.body, as)
      return
    }
    if (a.kind === 'order') {
      const taken = a.target ?? (await db.get('visits', a.local))?.id ?? 0
      await post('/v1/orders', { ...a.body, visit_id: taken }, as)
      return
    }
    if (a.kind === 'in') {
      const body = { ...a.body, customer_id: a.customer, fix: stamped(a.fix), late: true, clock: known }
      const visit = await post<Visit>('/v1/visits', body, as)
      await db.put('visits', { local: a.local, id: visit.id })
      return
    }
    const visit = a.target ?? (await db.get('visits', a.local))?.id
    if (!visit) throw new ApiError(409, { code: 'visits.no_such_visit' })
    if (a.kind === 'photo') {
      await readable(a.file)
      await sendPhoto(visit, a)
      return
    }
    if (a.kind === 'step') {
      await put(`/v1/visits/${visit}/steps/${String(a.body.step)}`, { answers: a.body.answers }, as)
      return
    }
    await post(`/v1/visits/${visit}/check-out`, {
      ...a.body, fix: stamped(a.fix), late: true, left_at: a.at, sent_at: new Date().toISOString(), clock: known,
    }, as)
  } catch (error) {
    // The first try got through and its answer did not: it is done.
    if (!(error instanceof ApiError) || error.code !== 'idem.key_reused') throw error
    if (a.kind !== 'in') return
    const all = rows(await get<Page<Visit>>('/v1/visits', { customer: a.customer, person: a.person, limit: 50 }))
    const measured = Date.parse(a.fix?.at ?? '')
    const found = all.find((v) => Date.parse(v.check_in.device_at ?? '') === measured) ?? all[0]
    if (!found) throw error
    await db.put('visits', { local: a.local, id: found.id })
  }
}

/** Fails where the browser has lost a file: sending it looks like a missing network, for ever. */
export async function readable(file: Blob | undefined): Promise<void> {
  const first = await file?.slice(0, 1).arrayBuffer().catch(() => undefined)
  if (!first?.byteLength) throw new ApiError(422, { code: 'blob.picture_damaged' })
}

/** Sends one photo of a visit. */
export async function sendPhoto(visit: number, a: Pick<Action, 'person' | 'fix' | 'file' | 'key' | 'body' | 'then'>): Promise<void> {
  await request('POST', `/v1/visits/${visit}/photos`, {
    raw: a.file, key: a.key, signal: AbortSignal.timeout(patience.photo),
    headers: { 'Content-Type': 'application/octet-stream', ...ofPerson(a.person) },
    query: {
      source: 'camera', taken_at: String(a.body.taken_at), sent_at: new Date().toISOString(),
      lon: a.fix?.position[0], lat: a.fix?.position[1], accuracy_m: a.fix?.accuracy_m, ...sinceThen(a.then),
    },
  })
}

/** What changes the state of a stop. */
const ofStops: ReadonlySet<Action['kind']> = new Set(['in', 'out', 'skip'])

/** What the waiting actions make of a stop. */
export function withWaiting<S extends { customer_id: number | null; stop_id: number; state: string }>(
  stops: readonly S[], waiting: readonly Action[], person: number,
): S[] {
  return stops.map((s) => {
    const own = waiting.filter((a) => a.person === person && !a.refused && ofStops.has(a.kind) &&
      (a.kind === 'skip' ? a.target === s.stop_id : a.customer !== null && a.customer === s.customer_id))
    const last = own.at(-1)
    if (!last) return s
    return { ...s, state: last.kind === 'in' ? 'checked_in' : last.kind === 'out' ? 'done' : 'skipped' }
  })
}

/** Whether the server has done nothing and may do it later. */
const busy = (error: unknown) => error instanceof ApiError && (error.status === 429 || error.status === 503)

/**
 * Sends a command now, or keeps it when no answer came, the server asks to come again, or
 * something waits before it; answers whether it was sent. A refusal is thrown.
 */
export async function sendOrKeep(now: () => Promise<unknown>, later: NewAction): Promise<boolean> {
  const done = moment() // the try may take minutes
  // A browser that keeps nothing has nothing waiting.
  if (navigator.onLine && !(await mustWait(later).catch(() => false))) {
    try {
      const late = new Promise<never>((_, fail) =>
        setTimeout(() => fail(new ApiError(0, {})), patience[later.kind === 'photo' ? 'photo' : 'command']))
      await Promise.race([now(), late]) // what arrives later counts once all the same
      return true
    } catch (error) {
      if (!unanswered(error) && !busy(error)) throw error
    }
  }
  await keep(later, done)
  return false
}

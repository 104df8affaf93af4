import { hear } from './clock'
import { takeEarly } from './early'
import { endSession, leaving } from './leaving'

/** Requests to our own server, and what can go wrong with them. */

/** A refusal of the server (RFC 9457), or a network that did not answer. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly args: Record<string, unknown>
  readonly fields: { field: string; code: string; message: string }[]
  readonly incident: string
  constructor(status: number, body: Partial<ApiError>) {
    super(body.detail ?? body.code ?? `HTTP ${status}`)
    this.status = status
    this.code = body.code ?? (status === 0 ? 'network.unreachable' : `http.${status}`)
    this.detail = body.detail ?? ''
    this.args = body.args ?? {}
    const named = (body.fields ?? []) as { field?: string; path?: string; code: string; message: string }[]
    this.fields = named.map((f) => ({ field: f.field ?? f.path ?? '', code: f.code, message: f.message }))
    this.incident = body.incident ?? ''
  }
  /** Somebody else changed it first. */
  get conflict(): boolean {
    return this.status === 409 || this.status === 412
  }
}

/** Whether the server itself said nothing: no network, or a gateway spoke in its place. */
export const unanswered = (error: unknown) => error instanceof ApiError &&
  (error.status === 0 || (error.status >= 502 && error.code === `http.${error.status}`))

/** Values of a query string; lists join with commas, empty values are left out. */
export type Query = Record<string, string | number | boolean | null | undefined | readonly unknown[]>

/** Writes a query string, with its question mark when there is anything. */
export function queryString(query: Query | undefined): string {
  const out = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === null || value === undefined || value === '') continue
    const text = Array.isArray(value) ? value.join(',') : String(value)
    if (text !== '') out.set(name, text)
  }
  const text = out.toString()
  return text ? `?${text}` : ''
}

/** The address of a file: what is listed under a filter, headed in the page's language. */
export function fileLink(path: string, filter?: Query): string {
  return path + queryString({ ...filter, language: document.documentElement.lang })
}

export interface Options {
  query?: Query
  body?: unknown
  /** A file or form, sent as it is. */
  raw?: BodyInit
  headers?: Record<string, string>
  /** The version that the change is based on; sent as If-Match. */
  version?: number
  /** Makes a repeated command harmless; sent as Idempotency-Key. */
  key?: string
  signal?: AbortSignal
}

/** Fired on window when the session has ended, so that the page can ask to sign in again. */
export const signedOut = 'beatplan:signed-out'

/** Fired on window when the server says that this device was revoked: it keeps nothing. */
export const revoked = 'beatplan:revoked'

/** Fired on window when somebody has signed in; what the lost session stopped may go on. */
export const signedIn = 'beatplan:signed-in'

let kept = 0

/** How many answers so far came from what the phone keeps, not from the server. */
export const keptAnswers = () => kept

let acting = 0

/** Says whose page this is: the server refuses commands of it under another person's session. */
export function actFor(person: number): void {
  acting = person
}

/** The header by which a command names its person. */
export const ofPerson = (person: number) => ({ 'X-Person': String(person) })

/** Sends a request and reads its JSON answer. It fails with ApiError, or AbortError. */
export async function request<T>(method: string, path: string, o: Options = {}): Promise<T> {
  const response = await send(method, path, o)
  if (response.status === 204) return undefined as T
  try {
    const text = await response.text()
    return (text ? JSON.parse(text) : undefined) as T
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, {}) // it broke off on the way, or a stranger on it answered
  }
}

async function send(method: string, path: string, o: Options): Promise<Response> {
  if (leaving() && !(await endSession())) throw new ApiError(0, {})
  const named = method === 'GET' || acting === 0 ? {} : ofPerson(acting)
  const headers: Record<string, string> = { Accept: 'application/json', ...named, ...o.headers }
  if (o.body !== undefined) headers['Content-Type'] = 'application/json'
  if (o.version !== undefined) headers['If-Match'] = `"${o.version}"`
  if (o.key) headers['Idempotency-Key'] = o.key
  // What a phone may not do (moving stops) is decided by the server's policy.
  headers['X-Client'] = location.pathname.startsWith('/m') ? 'phone' : 'desk'
  headers['Accept-Language'] = document.documentElement.lang
  const address = path + queryString(o.query)
  let response: Response
  try {
    response = await (method === 'GET' && takeEarly(address)) || await fetch(address, {
      method,
      headers,
      body: o.raw ?? (o.body === undefined ? undefined : JSON.stringify(o.body)),
      signal: o.signal,
      credentials: 'same-origin',
    })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, {})
  }
  if (response.headers.has('X-Kept')) kept++
  else hear(response)
  if (response.ok) return response
  const body = await response.json().catch(() => ({}))
  if (response.status === 401 && !path.startsWith('/v1/sessions')) {
    dispatchEvent(new CustomEvent(signedOut, { detail: path }))
    if (body.code === 'identity.device_revoked') dispatchEvent(new CustomEvent(revoked))
  }
  throw new ApiError(response.status, body)
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) =>
  request<T>('GET', path, { query, signal })

/** The keys of commands whose answer was lost, by what they ask. */
const lost = new Map<string, string>()

/**
 * Sends a command under a key of its own, unless the caller keeps one over retries. One
 * whose answer was lost keeps its key: the same asked again counts once.
 */
export async function post<T>(path: string, body: unknown = {}, o: Options = {}): Promise<T> {
  const asked = path + queryString(o.query) + JSON.stringify(body)
  const key = o.key ?? lost.get(asked) ?? commandKey()
  lost.delete(asked)
  try {
    return await request<T>('POST', path, { ...o, key, body })
  } catch (error) {
    // A session is not replayed: its answer sets the cookie. A file is not compared.
    const same = !o.key && !o.raw && !path.startsWith('/v1/sessions')
    if (same && unanswered(error)) lost.set(asked, key)
    throw error
  }
}
export const put = <T>(path: string, body: unknown, o: Options = {}) =>
  request<T>('PUT', path, { ...o, body })
export const patch = <T>(path: string, body: unknown, o: Options = {}) =>
  request<T>('PATCH', path, { ...o, body })
export const remove = <T>(path: string, o: Options = {}) => request<T>('DELETE', path, o)

/** A fresh key for one command; keep it while retrying the same command. */
export function commandKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  // randomUUID exists in secure contexts only; a phone on plain HTTP needs this.
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')
}

/** Lists come as a page; some short ones as a bare array. Both read as rows. */
export function rows<T>(answer: { items: T[] | null } | T[] | null): T[] {
  if (!answer) return []
  return Array.isArray(answer) ? answer : (answer.items ?? [])
}

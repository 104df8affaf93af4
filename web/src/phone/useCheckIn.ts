import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { ApiError, commandKey, post } from '../api/client'
import { useCommandKey } from '../api/command'
import { readAgain } from '../api/stale'
import type { Fix, Visit } from '../api/types'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { locate, LocateError, type LocateFault } from './locate'
import { useSession } from '../session/session'
import { sendOrKeep, sendPhoto, useOutbox, type NewAction } from './offline/outbox'
import { useToast } from './toast'

/** What stands open over the stop. */
export type Ask =
  | null
  | { kind: 'far'; distance: number; fix: Fix }
  | { kind: 'fault'; fault: LocateFault }
  | { kind: 'out' }
  | { kind: 'skip' }
  | { kind: 'photo' }
  | { kind: 'back' }
  /** A refusal; again does the same once more, and checks in where it is not given. */
  | { kind: 'problem'; words: string; again?: (() => void) | undefined }

// sent stamps a fix with the device's clock at sending, so that the server can
// tell an old fix from a clock that runs wrong.
const sent = (fix: Fix): Fix => ({ ...fix, sent_at: new Date().toISOString() })

/** What is written down at check-out. */
export interface Notes {
  notes?: string
  person_met?: string
  stage?: string
  customer_status?: string
}

interface Subject {
  stop_id?: number
  customer_id: number | null
  visit_id: number | null
  name: string
}

/** Check-in and check-out of one customer; a repeated tap cannot open two visits. */
export function useCheckIn(stop: Subject) {
  const client = useQueryClient()
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const say = useToast()
  const outbox = useOutbox()
  const [busy, setBusy] = useState(false)
  const [ask, setAsk] = useState<Ask>(null)
  // What was written stays while a sheet is closed or a check-out is refused, at that customer.
  const [written, setWritten] = useState<{ at: number | null; notes: Notes }>({ at: null, notes: {} })
  const setNotes = (notes: Notes) => setWritten({ at: stop.customer_id, notes })
  // A key for each act: one whose answer was lost must not lend it to another.
  const keys = { in: useCommandKey(), skip: useCommandKey(), out: useCommandKey() }
  const refresh = () => readAgain(client, ['day', 'visits', 'customer'])
  // The visit's name while it has no number: that of the check-in that waits.
  const begun = outbox.filter((a) => a.kind === 'in' && a.person === me.id && a.customer === stop.customer_id).at(-1)
  const local = begun?.local ?? `visit-${stop.visit_id}`
  /** Sends now, or keeps it when there is no network or something waits before it. */
  const orKeep = async (now: () => Promise<unknown>, later: Omit<NewAction, 'person' | 'customer' | 'name'>) => {
    const whole = {
      ...later, person: me.id, owner: me.name, customer: stop.customer_id, name: stop.name,
    }
    const sent = await sendOrKeep(now, whole)
    if (!sent) say(t('field.kept'))
    if (later.kind === 'in' || later.kind === 'skip' || later.kind === 'out') keys[later.kind].ended()
    setAsk(null)
    // What is kept shows at once; what was sent when the day has been read again.
    if (sent && later.kind !== 'photo') await refresh()
    else if (sent) void client.invalidateQueries({ queryKey: ['visits', 'photos'] })
  }
  const explain = (error: unknown, fix?: Fix, again?: () => void) => {
    if (error instanceof LocateError) return setAsk({ kind: 'fault', fault: error.fault })
    if (error instanceof ApiError && error.code === 'visits.too_far' && fix) {
      return setAsk({ kind: 'far', distance: Number(error.args.distance_m ?? 0), fix })
    }
    setAsk({ kind: 'problem', words: sentence(error, lookup, language), again })
  }
  const send = async (fix: Fix, reason?: string) => {
    await orKeep(async () => {
      await post<Visit>('/v1/visits', { customer_id: stop.customer_id, fix: sent(fix), reason }, { key: keys.in.current })
      say(t('phone.checkedIn', { name: stop.name }))
    }, { kind: 'in', key: keys.in.current, local: commandKey(), fix, body: { reason } })
  }
  /** Does it, and says what went wrong; a check-in begins anew from there, all else is repeated. */
  const guarded = async (work: () => Promise<void>, act?: keyof typeof keys) => {
    setBusy(true)
    let fix: Fix | undefined
    try {
      await work()
    } catch (error) {
      if (act) keys[act].ended(error)
      fix = (error as { fix?: Fix }).fix
      explain(error, fix, act === 'in' ? undefined : () => void guarded(work, act))
    } finally {
      setBusy(false)
    }
  }
  const withFix = async (fix: Fix, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      throw Object.assign(error as object, { fix })
    }
  }
  return {
    busy,
    ask,
    /** The visit's name on this phone. */
    local,
    close: () => setAsk(null),
    checkIn: () => guarded(async () => {
      const fix = await locate()
      await withFix(fix, () => send(fix))
    }, 'in'),
    checkInWithReason: (fix: Fix, reason: string) =>
      guarded(() => withFix(fix, () => send(fix, reason)), 'in'),
    askSkip: () => setAsk({ kind: 'skip' }),
    skip: (reason: string) => guarded(async () => {
      await orKeep(async () => {
        await post(`/v1/stops/${stop.stop_id}/skip`, { reason }, { key: keys.skip.current })
        say(t('phone.skipped', { name: stop.name }))
      }, { kind: 'skip', key: keys.skip.current, local: `skip-${stop.stop_id}`, target: stop.stop_id, body: { reason } })
    }, 'skip'),
    askCheckOut: () => setAsk({ kind: 'out' }),
    notes: written.at === stop.customer_id ? written.notes : {},
    setNotes,
    checkOut: (notes: Notes) => guarded(async () => {
      // A check-out stands without a position; a check-in does not.
      const fix = await locate().catch(() => undefined)
      await orKeep(async () => {
        await post(`/v1/visits/${stop.visit_id}/check-out`, { ...notes, fix: fix && sent(fix) }, { key: keys.out.current })
        say(t('phone.checkedOut', { name: stop.name }))
      }, { kind: 'out', key: keys.out.current, local, target: stop.visit_id ?? undefined, fix, body: { ...notes } })
      setNotes({})
    }, 'out'),
    /** Whether the check-in can be taken back: the server knows it, and nothing of it waits. */
    mayTakeBack: stop.visit_id !== null && !outbox.some((a) => a.person === me.id && a.local === local),
    askTakeBack: () => setAsk({ kind: 'back' }),
    takeBack: () => guarded(async () => {
      // Under a key of its own: one whose answer was lost must not lend it to a check-out.
      await post(`/v1/visits/${stop.visit_id}/cancel`)
      setNotes({})
      setAsk(null)
      say(t('visit.takenBack', { name: stop.name }))
      await refresh()
    }),
    askPhoto: () => setAsk({ kind: 'photo' }),
    photo: (file: Blob) => {
      const taken = new Date().toISOString() // also when it is sent a second time
      const key = commandKey()
      return guarded(async () => {
        const fix = await locate().catch(() => undefined)
        const shot = { person: me.id, file, fix, body: { taken_at: taken }, key }
        await orKeep(async () => {
          await sendPhoto(stop.visit_id ?? 0, shot)
          say(t('field.photoSent'))
        }, { kind: 'photo', local, target: stop.visit_id ?? undefined, ...shot })
      })
    },
  }
}

export type CheckInFlow = ReturnType<typeof useCheckIn>

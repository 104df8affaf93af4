import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { ApiError, commandKey, get, post, put, signedIn } from '../../api/client'
import { useDay } from '../../api/queries'
import type { Day, Optimised } from '../../api/types'
import {
  change, draftOf, edit, redo, sameOrder, sameSet, stopsOf, undo, type Draft, type DraftStop,
} from '../../day/plan'

/** What is under way with the day. */
export type Busy = null | 'fill' | 'optimise' | 'publish'

const evaluateAfter = 80 // ms of rest before an order is timed
const saveAfter = 900 // ms of rest before the draft is saved

const empty: Draft = { stops: [], past: [], future: [] }

/**
 * A person's day in the hands of a planner. Every change shows at once, is timed
 * on the road a moment later and saved when the hands rest.
 */
export function usePlanner(person: number, date: string) {
  const path = `/v1/days/${person}/${date}`
  const client = useQueryClient()
  const server = useDay(person, date)
  const [draft, setDraft] = useState<Draft>(empty)
  const [timed, setTimed] = useState<Day | null>(null)
  const [busy, setBusy] = useState<Busy>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [proposal, setProposal] = useState<Optimised | null>(null)
  const [saving, setSaving] = useState(false)
  const base = useRef<Day | null>(null)
  const latest = useRef(draft)
  const day = server.data ?? null
  const dirty = !!base.current && !sameOrder(draft.stops, stopsOf(base.current))
  latest.current = draft

  const adopt = useCallback((next: Day, keepPast: boolean) => {
    base.current = next
    setTimed(next)
    setDraft((d) => (keepPast ? change(d, stopsOf(next)) : draftOf(next)))
  }, [])

  // A day that arrives replaces the draft unless there is work of one's own on it.
  useEffect(() => {
    if (!day || day === base.current) return
    const known = base.current
    const same = known?.person_id === day.person_id && known.date === day.date
    const untouched = !same || sameOrder(latest.current.stops, stopsOf(known))
    if (untouched) adopt(day, same)
    if (!same) setProposal(null)
  }, [day, adopt])

  const fail = useCallback((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') return
    setProblem(error)
  }, [])

  // A refusal for want of a session is over once somebody is signed in again.
  useEffect(() => {
    const go = () => setProblem((p: unknown) => (p instanceof ApiError && p.status === 401 ? null : p))
    addEventListener(signedIn, go)
    return () => removeEventListener(signedIn, go)
  }, [])

  // Times the order in hand.
  useEffect(() => {
    const known = base.current
    if (!known || (timed && sameOrder(stopsOf(timed), draft.stops))) return
    const stop = new AbortController()
    const later = setTimeout(() => {
      post<Day>(`${path}/evaluate`, edit(draft.stops, known), { signal: stop.signal })
        .then((d) => {
          setProblem(null)
          setTimed(d)
        })
        .catch(fail)
    }, evaluateAfter)
    return () => {
      clearTimeout(later)
      stop.abort()
    }
  }, [draft, timed, path, fail])

  const save = useCallback(async (stops: DraftStop[]): Promise<Day | null> => {
    const known = base.current
    if (!known || sameOrder(stops, stopsOf(known))) return known
    setSaving(true)
    try {
      const saved = await put<Day>(path, edit(stops, known), { version: known.version, key: commandKey() })
      base.current = saved
      client.setQueryData(['day', person, date], saved)
      for (const key of ['days', 'due']) void client.invalidateQueries({ queryKey: [key] })
      if (sameOrder(latest.current.stops, stopsOf(saved))) setTimed(saved)
      return saved
    } finally {
      setSaving(false)
    }
  }, [client, path, person, date])

  // One after the other: each is based on the version that the one before it made.
  const before = useRef<Promise<unknown>>(Promise.resolve())
  const store = useCallback((stops: DraftStop[]) => {
    const stored = before.current.then(() => save(stops))
    before.current = stored.catch(() => undefined)
    return stored
  }, [save])

  // Saves the draft when the hands rest.
  useEffect(() => {
    if (!dirty || proposal || problem instanceof ApiError) return
    const later = setTimeout(() => void store(draft.stops).catch(fail), saveAfter)
    return () => clearTimeout(later)
  }, [dirty, draft, store, fail, proposal, problem])

  const run = useCallback(async (what: Busy, work: () => Promise<void>) => {
    setBusy(what)
    setProblem(null)
    try {
      await work()
    } catch (error) {
      fail(error)
    } finally {
      setBusy(null)
    }
  }, [fail])

  const publish = useCallback((stops = latest.current.stops) => run('publish', async () => {
    setProposal(null)
    const stored = await store(stops)
    const published = await post<Day>(`${path}/publish`, {}, {
      version: stored?.version, key: commandKey(),
    })
    const next = published?.stops ? published : await get<Day>(path)
    client.setQueryData(['day', person, date], next)
    adopt(next, true)
    void client.invalidateQueries({ queryKey: ['days'] })
  }), [run, store, path, client, person, date, adopt])

  const actions = useMemo(() => ({
    set: (stops: DraftStop[]) => setDraft((d) => change(d, stops)),
    undo: () => setDraft(undo),
    redo: () => setDraft(redo),
    publish,
    fill: () => run('fill', async () => {
      await store(latest.current.stops)
      const filled = await post<Day>(`${path}/fill`, {})
      const next = filled?.totals ? filled : await get<Day>(path)
      client.setQueryData(['day', person, date], next)
      adopt(next, true)
      for (const key of ['days', 'due']) void client.invalidateQueries({ queryKey: [key] })
    }),
    optimise: () => run('optimise', async () => {
      const known = base.current
      if (known) setProposal(await post<Optimised>(`${path}/optimise`, edit(latest.current.stops, known)))
    }),
    refuse: () => setProposal(null),
    accept: (offer: Optimised) => {
      setProposal(null)
      setTimed(offer.best)
      setDraft((d) => change(d, stopsOf(offer.best)))
    },
    reload: async () => {
      setProblem(null)
      base.current = null
      adopt(await client.fetchQuery({
        queryKey: ['day', person, date], queryFn: () => get<Day>(path), staleTime: 0,
      }), false)
    },
    keepMine: async () => {
      const mine = latest.current.stops
      base.current = await get<Day>(path)
      setProblem(null)
      await store(mine).catch(fail)
    },
  }), [publish, run, store, path, client, person, date, adopt, fail])

  // The best order known for the customers in hand.
  const known = base.current
  const best = known?.best && sameSet(stopsOf(known), draft.stops) ? known.best : null
  return {
    day, draft, timed: timed ?? day, busy, problem, proposal, saving, dirty, best, actions,
    pending: server.isPending, error: server.error, retry: () => void server.refetch(),
    clearProblem: () => setProblem(null),
  }
}

export type Planner = ReturnType<typeof usePlanner>

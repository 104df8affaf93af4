import { useCallback, useEffect, useRef, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { readAgain } from './stale'

/** One message of /v1/events: a topic and its payload. */
export type Listener = (topic: string, data: unknown) => void

const topics = [
  'day', 'visit', 'call', 'customer', 'position', 'job', 'approval', 'order', 'goods', 'money', 'territory', 'whitespace', 'message',
  'resync',
] as const
const listeners = new Set<Listener>()
let source: EventSource | null = null

function open() {
  if (source || typeof EventSource === 'undefined') return
  source = new EventSource('/v1/events')
  for (const topic of topics) {
    source.addEventListener(topic, (event) => {
      let data: unknown = null
      try {
        data = JSON.parse((event as MessageEvent<string>).data)
      } catch {
        return
      }
      for (const tell of listeners) tell(topic, data)
    })
  }
  // After a break events may be missing: everybody reads again.
  let opened = false
  source.onopen = () => {
    if (opened) for (const tell of listeners) tell('resync', null)
    opened = true
  }
}

function close() {
  source?.close()
  source = null
}

/** Hears the one event stream of this page for as long as the component lives. */
export function useEvents(listener: Listener) {
  const kept = useRef(listener)
  useEffect(() => {
    kept.current = listener
  })
  useEffect(() => {
    const tell: Listener = (topic, data) => kept.current(topic, data)
    listeners.add(tell)
    open()
    return () => {
      listeners.delete(tell)
      if (listeners.size === 0) close()
    }
  }, [])
}

/** Reads again what an event says has changed. */
export function useFreshness() {
  const client = useQueryClient()
  useEvents((topic) => {
    if (topic === 'position') return
    const stale: Record<string, string[]> = {
      day: ['day', 'days', 'due', 'calls'],
      call: ['calls', 'nearest'],
      visit: ['day', 'days', 'due', 'visits', 'customer', 'calls'],
      customer: ['customers', 'customer', 'count', 'facets'],
      job: ['job'],
      approval: ['approvals', 'customers', 'customer'],
      order: ['orders', 'goods'],
      goods: ['goods', 'orders', 'money'],
      money: ['money'],
      message: ['messages'],
      territory: ['territory'],
    }
    const nouns = stale[topic] ?? []
    if (topic === 'resync') void readAgain(client)
    else if (nouns.length > 0) void readAgain(client, nouns)
  })
}

/** How long events are gathered before what they say is read again, in milliseconds. */
const gathered = 400

/**
 * A number that rises when an event of the topics came, once for all that come together;
 * and a function that raises it at once.
 */
export function useRevision(topics: readonly string[]): [number, () => void] {
  const [revision, set] = useState(0)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const raise = useCallback(() => set((r) => r + 1), [])
  useEvents((topic) => {
    if (!topics.includes(topic) || timer.current) return
    timer.current = setTimeout(() => {
      timer.current = undefined
      raise()
    }, gathered)
  })
  useEffect(() => () => clearTimeout(timer.current), [])
  return [revision, raise]
}

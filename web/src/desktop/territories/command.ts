import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { patch, post } from '../../api/client'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { root, type ScenarioView } from './data'

/** Sends one command with the version on screen; the answer's figures follow. */
export function useCommand(scenario: ScenarioView) {
  const { lookup, language } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const send = async <T,>(path: string, body: object = {}): Promise<T | undefined> => {
    setBusy(true)
    try {
      const answer = await post<T>(`${root}/${scenario.id}${path}`, { version: scenario.version, ...body })
      await client.invalidateQueries({ queryKey: ['territory'] })
      return answer
    } catch (e) {
      void message.error(sentence(e, lookup, language))
      void client.invalidateQueries({ queryKey: ['territory'] })
    } finally {
      setBusy(false)
    }
  }
  return { send, busy }
}

/** Saves settings of the scenario on screen. */
export function useSettings(scenario: ScenarioView) {
  const { lookup, language } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const save = async (changes: object) => {
    setBusy(true)
    try {
      await patch(`${root}/${scenario.id}`, { version: scenario.version, ...changes })
    } catch (e) {
      void message.error(sentence(e, lookup, language))
    }
    await client.invalidateQueries({ queryKey: ['territory'] })
    setBusy(false)
  }
  return { save, busy }
}

/** Whether a point lies within a ring (even–odd). */
export function inside(ring: [number, number][], x: number, y: number): boolean {
  let within = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [ax, ay] = ring[i] as [number, number]
    const [bx, by] = ring[j] as [number, number]
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within
  }
  return within
}

import { useRef, useState } from 'react'
import { commandKey, unanswered } from './client'

/** The key of the command that a form sends next. */
export interface CommandKey {
  readonly current: string
  /** Tells how the command went: one whose answer was lost keeps its key, so that trying again counts once. */
  ended: (error?: unknown) => void
}

/** A key for one command after another of a form. */
export function useCommandKey(): CommandKey {
  const key = useRef('')
  key.current ||= commandKey()
  const [handle] = useState<CommandKey>(() => ({
    get current() {
      return key.current
    },
    ended: (error) => {
      if (!unanswered(error)) key.current = commandKey()
    },
  }))
  return handle
}

import { useSyncExternalStore } from 'react'

/** How bright the screen is; `system` follows the device. */
export type ThemeChoice = 'light' | 'dark' | 'system'

const stored = 'beatplan.theme'
const listeners = new Set<() => void>()

function choice(): ThemeChoice {
  const kept = localStorage.getItem(stored)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

function resolved(): 'light' | 'dark' {
  const c = choice()
  if (c !== 'system') return c
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

function apply() {
  document.documentElement.dataset.theme = resolved()
  for (const tell of listeners) tell()
}

/** Sets the theme on the page and keeps it for the next start. */
export function chooseTheme(next: ThemeChoice) {
  if (next === 'system') localStorage.removeItem(stored)
  else localStorage.setItem(stored, next)
  apply()
}

/** Puts the kept theme on the page; call once before the first paint. */
export function startTheme() {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply)
  apply()
}

function subscribe(tell: () => void) {
  listeners.add(tell)
  return () => void listeners.delete(tell)
}

/** The theme in force, and what was chosen. */
export function useTheme(): { theme: 'light' | 'dark'; choice: ThemeChoice } {
  const theme = useSyncExternalStore(subscribe, resolved)
  const chosen = useSyncExternalStore(subscribe, choice)
  return { theme, choice: chosen }
}

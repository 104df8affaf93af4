import { createContext, useCallback, useContext, useMemo, useState } from 'react'
import type { ReactNode } from 'react'
import type { Language } from '../format/format'
import { en } from './en'
import { refusals } from './refusals'
import { fill, type Args } from './translate'
import { zh, type Key } from './zh'

/** Translates a key; the catalogues are typed, so that an unknown key fails the build. */
export type Translate = (key: Key, args?: Args) => string

interface Speech {
  language: Language
  t: Translate
  /** The same, for keys made at run time: undefined when the catalogue has none. */
  lookup: (key: string, args?: Args) => string | undefined
  setLanguage: (next: Language) => void
}

const stored = 'beatplan.language'
const refused = 'problem.'
const SpeechContext = createContext<Speech | null>(null)

/** The language of the link, else the kept one, else the browser's. */
export function firstLanguage(): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(stored)
  if (asked === 'zh' || asked === 'en') return asked
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

/** Names the language on the page at once: the first questions to the server carry it. */
function mark(language: Language): Language {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  return language
}

/** Gives everything below it words, in a language that changes without reload. */
export function SpeechProvider({ children }: { children: ReactNode }) {
  const [language, set] = useState<Language>(() => mark(firstLanguage()))
  const setLanguage = useCallback((next: Language) => {
    localStorage.setItem(stored, next)
    set(mark(next))
  }, [])
  const speech = useMemo<Speech>(() => {
    const words: Record<string, string> = language === 'zh' ? zh : en
    const found = (key: string) => words[key] ?? (language === 'zh' && key.startsWith(refused) ? refusals[key.slice(refused.length)] : undefined)
    return {
      language,
      setLanguage,
      t: (key, args) => fill(words[key] ?? key, args),
      lookup: (key, args) => {
        const text = found(key)
        return text === undefined ? undefined : fill(text, args)
      },
    }
  }, [language, setLanguage])
  return <SpeechContext.Provider value={speech}>{children}</SpeechContext.Provider>
}

/** The words in force. */
export function useSpeech(): Speech {
  const speech = useContext(SpeechContext)
  if (!speech) throw new Error('useSpeech outside SpeechProvider')
  return speech
}

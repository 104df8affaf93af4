import { useEffect, useRef, type ReactNode } from 'react'
import { useSpeech } from '../../i18n/language'
import './settings.css'

/** A page of its own, over the map: for what is no place. */
export function Desk({ title, side, tools, children }: {
  title: string
  side?: ReactNode
  tools?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="desk" aria-label={title}>
      {side && <div className="desk-side">{side}</div>}
      <div className="desk-main">
        <header className="desk-head">
          <h1>{title}</h1>
          <div className="desk-tools">{tools}</div>
        </header>
        {children}
      </div>
    </section>
  )
}

/** An instant in words, in the company's zone. */
export function useWhen(zone: string) {
  const { language } = useSpeech()
  return (at: string | null | undefined) => at
    ? new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
      timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
    }).format(new Date(at))
    : '—'
}

/** Takes the focus once, for what a click has just opened. */
export function useFocus<T extends HTMLElement>() {
  const at = useRef<T>(null)
  useEffect(() => at.current?.focus(), [])
  return at
}

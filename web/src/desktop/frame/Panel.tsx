import { useEffect, useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react'
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react'
import { useSpeech } from '../../i18n/language'
import { panelLimits, useLayout } from './layout'

const clamp = (w: number) => Math.max(panelLimits.min, Math.min(panelLimits.max, w))

/** The one side panel: list, form or result. Drag its edge, or use the arrow keys on it. */
export function Panel({ title, tools, children, label, wide = false }: {
  title: ReactNode
  tools?: ReactNode
  label: string
  /** Takes most of the page, for a table; a card still fits beside it. */
  wide?: boolean
  children: ReactNode
}) {
  const { t } = useSpeech()
  const { width, setWidth, setSpan, collapsed, setCollapsed } = useLayout()
  useEffect(() => {
    if (!wide) return
    const fit = () => setSpan(Math.max(panelLimits.max, innerWidth - 480))
    fit()
    addEventListener('resize', fit)
    return () => {
      removeEventListener('resize', fit)
      setSpan(null)
    }
  }, [wide, setSpan])
  if (collapsed) {
    return (
      <button type="button" className="panel-open" onClick={() => setCollapsed(false)}
        aria-label={t('panel.open')} title={t('panel.open')}>
        <PanelLeftOpen size={18} aria-hidden />
      </button>
    )
  }
  return (
    <aside className="panel" style={{ width }} aria-label={label}>
      <header className="panel-head">
        <h1 className="panel-title">{title}</h1>
        <div className="panel-tools">{tools}</div>
        <button type="button" className="icon-button" onClick={() => setCollapsed(true)}
          aria-label={t('panel.close')} title={t('panel.close')}>
          <PanelLeftClose size={18} aria-hidden />
        </button>
      </header>
      {children}
      {!wide && <Edge width={width} onWidth={(w) => setWidth(clamp(w))} label={t('panel.edge')} />}
    </aside>
  )
}

function Edge({ width, onWidth, label }: {
  width: number
  onWidth: (w: number) => void
  label: string
}) {
  const start = useRef<{ x: number; width: number } | null>(null)
  const down = (e: PointerEvent<HTMLDivElement>) => {
    e.currentTarget.setPointerCapture(e.pointerId)
    start.current = { x: e.clientX, width }
  }
  const move = (e: PointerEvent<HTMLDivElement>) => {
    if (start.current) onWidth(start.current.width + e.clientX - start.current.x)
  }
  const key = (e: KeyboardEvent) => {
    if (e.key === 'ArrowLeft') onWidth(width - 20)
    if (e.key === 'ArrowRight') onWidth(width + 20)
  }
  return (
    <div className="panel-edge" role="separator" aria-orientation="vertical" tabIndex={0}
      aria-label={label} aria-valuenow={width} aria-valuemin={panelLimits.min}
      aria-valuemax={panelLimits.max} onPointerDown={down} onPointerMove={move}
      onPointerUp={() => (start.current = null)} onKeyDown={key}
      onDoubleClick={() => onWidth(panelLimits.usual)} />
  )
}

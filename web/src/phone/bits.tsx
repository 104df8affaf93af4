import { useEffect, useRef, type ReactNode } from 'react'
import { CloudOff, X } from 'lucide-react'
import { ApiError } from '../api/client'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useOnline } from '../session/online'
import { initials, personPaint } from '../theme/palette'

/** The phone's few building blocks. */

export function Loading({ full }: { full?: boolean }) {
  const { t } = useSpeech()
  return (
    <div className={full ? 'bones bones-full' : 'bones'} aria-busy="true" aria-label={t('state.loading')}>
      {[80, 55, 70, 40].map((w, i) => <i key={i} style={{ width: `${w}%` }} />)}
    </div>
  )
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t, lookup, language } = useSpeech()
  const online = useOnline()
  const incident = error instanceof ApiError ? error.incident : ''
  const alone = !online && error instanceof ApiError && error.status === 0
  return (
    <div className="failure" role="alert">
      <CloudOff size={28} aria-hidden />
      <b>{alone ? t('phone.alone') : sentence(error, lookup, language)}</b>
      <span>
        {alone ? t('phone.aloneHint') : t('trouble.kept')}{incident && ` · ${t('trouble.incident', { id: incident })}`}
      </span>
      {retry && <button type="button" className="button" onClick={retry}>{t('do.retry')}</button>}
    </div>
  )
}

export function Blank({ icon, title, children }: {
  icon: ReactNode
  title: string
  children?: ReactNode
}) {
  return (
    <div className="blank">
      <span className="blank-icon" aria-hidden>{icon}</span>
      <b>{title}</b>
      {children}
    </div>
  )
}

export function Face({ name, index, size = 40 }: {
  name: string
  index: number | undefined
  size?: number
}) {
  const paint = personPaint(index)
  return (
    <span className="face" aria-hidden data-initials={initials(name)} style={{
      width: size, height: size, background: paint.fill, color: paint.text, fontSize: size * 0.38,
      boxShadow: paint.ring === '#FFFFFF' ? undefined : `inset 0 0 0 3px ${paint.ring}`,
    }} />
  )
}

/** A sheet from below; Escape, the cross and the backdrop close it. */
export function Sheet({ title, onClose, children }: {
  title: string
  onClose: () => void
  children: ReactNode
}) {
  const { t } = useSpeech()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const d = dialog.current
    d?.showModal()
    return () => d?.close()
  }, [])
  return (
    <dialog ref={dialog} className="sheet" aria-label={title}
      onCancel={(e) => {
        e.preventDefault()
        onClose()
      }}
      onClick={(e) => e.target === dialog.current && onClose()}>
      <div className="sheet-body">
        <header>
          <h2>{title}</h2>
          <button type="button" className="round" onClick={onClose} aria-label={t('do.close')}>
            <X size={22} aria-hidden />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}

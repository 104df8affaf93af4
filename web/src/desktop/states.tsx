import type { ReactNode } from 'react'
import { Button, Skeleton } from 'antd'
import { CloudOff } from 'lucide-react'
import { ApiError } from '../api/client'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'

/** What happened, what was not lost, what to do, and the incident to quote. */
export function Trouble({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t, lookup, language } = useSpeech()
  const incident = error instanceof ApiError ? error.incident : ''
  return (
    <div className="trouble" role="alert">
      <CloudOff size={22} aria-hidden />
      <div>
        <p className="trouble-what">{sentence(error, lookup, language)}</p>
        <p className="trouble-kept">
          {t('trouble.kept')}
          {incident && <span className="num"> · {t('trouble.incident', { id: incident })}</span>}
        </p>
        {retry && (
          <Button size="small" onClick={retry}>
            {t('do.retry')}
          </Button>
        )}
      </div>
    </div>
  )
}

/** Nothing here, and what to do about it. */
export function Nothing({ icon, title, children }: {
  icon: ReactNode
  title: string
  children?: ReactNode
}) {
  return (
    <div className="nothing">
      <div className="nothing-icon" aria-hidden>
        {icon}
      </div>
      <p className="nothing-title">{title}</p>
      {children && <div className="nothing-hint">{children}</div>}
    </div>
  )
}

/** The shape of rows to come. */
export function Waiting({ rows = 6 }: { rows?: number }) {
  const { t } = useSpeech()
  return (
    <div className="waiting" role="status" aria-busy="true" aria-label={t('state.loading')}>
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} active title={{ width: `${72 - (i % 3) * 12}%` }} paragraph={{ rows: 1 }} />
      ))}
    </div>
  )
}

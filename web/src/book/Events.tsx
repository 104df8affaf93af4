import { useState } from 'react'
import { useTimeline, type CustomerEvent, type EventKind } from '../api/book'
import { clock, dateOf, day, money } from '../format/format'
import { useSpeech } from '../i18n/language'
import type { Key } from '../i18n/zh'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import './book.css'

const kinds: EventKind[] = ['visit', 'order', 'goods', 'receipt', 'problem', 'request', 'message', 'note', 'change']
const undone = new Set(['cancelled', 'reversed']) // of orders, goods and receipts

/** Everything that happened to a customer, newest first, page by page. */
export function Events({ id, visits }: { id: number; visits: number }) {
  const { t, lookup, language } = useSpeech()
  const [kind, setKind] = useState<EventKind | ''>('')
  const pages = useTimeline(id, kind)
  const all = pages.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <section className="events" aria-label={t('book.history')}>
      <h2>{t('book.history')}</h2>
      <div className="events-kinds" role="group" aria-label={t('book.history')}>
        <Chip on={kind === ''} onPick={() => setKind('')}>{t('book.all')}</Chip>
        {kinds.map((k) => (
          <Chip key={k} on={kind === k} onPick={() => setKind(k)}>
            {t(`book.kind.${k}` as Key)}{k === 'visit' && <span className="num"> {visits}</span>}
          </Chip>
        ))}
      </div>
      {pages.isPending && <p className="quiet" aria-busy="true">{t('state.loading')}</p>}
      {pages.isError && (
        <p role="alert">
          {sentence(pages.error, lookup, language)}{' '}
          <button type="button" className="events-more" onClick={() => void pages.refetch()}>{t('do.retry')}</button>
        </p>
      )}
      {pages.data && all.length === 0 && <p className="quiet">{t('book.nothing')}</p>}
      <ol>{all.map((e) => <Row key={`${e.kind}-${e.id}`} event={e} />)}</ol>
      {pages.hasNextPage && (
        <button type="button" className="events-more" disabled={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}>
          {t('do.moreRows')}
        </button>
      )}
    </section>
  )
}

function Chip({ on, onPick, children }: { on: boolean; onPick: () => void; children: React.ReactNode }) {
  return <button type="button" className="events-kind" aria-pressed={on} onClick={onPick}>{children}</button>
}

function Row({ event: e }: { event: CustomerEvent }) {
  const { t, language, lookup } = useSpeech()
  const { me } = useSession()
  return (
    <li>
      <span className="events-when num">
        {day(dateOf(e.at, me.timezone), language)}
        <small>{clock(e.at, me.timezone)}</small>
      </span>
      <span className="events-what">
        <b>
          {t(`book.kind.${e.kind}` as Key)}
          {e.kind === 'change' && ` · ${lookup(`book.did.${e.title}`)}`}
          {['order', 'goods', 'receipt'].includes(e.kind) && <span className="num"> {e.title}</span>}
          {e.amount_cents !== null && <Amount cents={e.amount_cents} gone={undone.has(e.state)} />}
        </b>
        {e.note && <span>{e.note}</span>}
        {e.by_name && <small>{e.by_name}</small>}
      </span>
    </li>
  )
}

/** The amount of a document, struck through when the document no longer stands. */
function Amount({ cents, gone }: { cents: number; gone: boolean }) {
  return <>{' '}{gone ? <del className="num">{money(cents)}</del> : <span className="num">{money(cents)}</span>}</>
}

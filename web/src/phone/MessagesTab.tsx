import { useMemo, useState } from 'react'
import { Bell, BellDot, BellOff, Send } from 'lucide-react'
import { Link } from 'wouter'
import { sentenceOf, useMessages, useRead } from '../api/messages'
import { useDay } from '../api/queries'
import { clock, dateOf, day } from '../format/format'
import { useSpeech } from '../i18n/language'
import { useSession } from '../session/session'
import { Blank, Failure, Loading } from './bits'
import { Warnings } from './Warnings'

/** What calls for attention: sent by dispatch today, and customers overdue. */
export function MessagesTab() {
  const { me } = useSession()
  return me.role === 'salesperson' ? <OwnMessages /> : <TeamWarnings />
}

/** The messages that were read so far, the newest first; none while they are on their way. */
function useTold() {
  return useMessages().data?.pages.flatMap((p) => p.items) ?? []
}

const first = 12 // messages that leave room for the rest of the tab

/** What one was told: the digest of the morning, money, the pool; read when it is tapped. */
function Inbox() {
  const { t, language } = useSpeech()
  const { me } = useSession()
  const read = useRead()
  const messages = useMessages()
  const all = useTold()
  const [few, setFew] = useState(true)
  if (all.length === 0) return null
  const more = few && all.length > first || messages.hasNextPage
  const page = () => {
    if (few) setFew(false)
    else void messages.fetchNextPage()
  }
  return (
    <>
      <ul className="people told" aria-label={t('field.told.inbox')}>
        {(few ? all.slice(0, first) : all).map((m) => (
          <li key={m.id}>
            <Link href={m.object === 'customer' ? `/customers/${m.object_id}` : m.object ? '/collect' : '/messages'}
              onClick={() => void (m.read_at || read(m.id).catch(() => undefined))}>
              {m.read_at ? <Bell size={22} aria-hidden /> : <BellDot size={22} className="accent" aria-hidden />}
              <span className="people-main">
                {m.read_at ? <span>{sentenceOf(m, t)}</span> : <b>{sentenceOf(m, t)}</b>}
                <small>{day(dateOf(m.at, me.timezone), language)}{!m.read_at && ` · ${t('field.told.unread')}`}</small>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {more && (
        <button type="button" className="button wide" onClick={page}>{t('do.moreRows')}</button>
      )}
    </>
  )
}

/** For whoever leads: the customers that wait longest, with whom they belong to. */
function TeamWarnings() {
  const { t } = useSpeech()
  const { may } = useSession()
  const told = useMessages()
  const warned = may('warnings.read')
  return (
    <>
      <header className="top"><h1>{t('phone.messages')}</h1></header>
      <Inbox />
      {!warned && told.isPending && <Loading />}
      {!warned && told.isError && <Failure error={told.error} retry={() => void told.refetch()} />}
      {!warned && told.data?.pages[0]?.items?.length === 0 && (
        <Blank icon={<BellOff size={30} />} title={t('phone.noMessages')}><p>{t('field.told.none')}</p></Blank>
      )}
      {warned && <Warnings />}
    </>
  )
}

function OwnMessages() {
  const { t } = useSpeech()
  const { me } = useSession()
  const beat = useDay(me.id, me.business_day)
  const sent = useMemo(() => beat.data?.stops.filter((s) => s.source === 'assignment') ?? [], [beat.data])
  return (
    <>
      <header className="top"><h1>{t('phone.messages')}</h1></header>
      <Inbox />
      <ul className="people">
        {sent.map((s) => (
          <li key={`s${s.customer_id}${s.name}`}>
            <Link href="/today">
              <Send size={22} className="accent" aria-hidden />
              <span className="people-main">
                <b>{t('phone.sentTo', { name: s.name })}</b>
                <small>{s.note || s.address}</small>
              </span>
              <span className="num">{clock(s.arrive, me.timezone)}</span>
            </Link>
          </li>
        ))}
      </ul>
      <Warnings />
    </>
  )
}

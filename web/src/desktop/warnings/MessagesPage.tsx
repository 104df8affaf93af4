import { Button } from 'antd'
import { BellOff } from 'lucide-react'
import { Link } from 'wouter'
import { sentenceOf, useMessages, useRead, useUnread, wayOf, type Message } from '../../api/messages'
import { dateOf, day } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'

/** One's own inbox: the digest of the morning, and what calls for a hand. */
export default function MessagesPage() {
  const { t } = useSpeech()
  const messages = useMessages()
  const unread = useUnread()
  const read = useRead()
  const all = messages.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <Panel title={t('phone.messages')} label={t('phone.messages')} tools={unread > 0 && (
      <Button size="small" onClick={() => void read().catch(() => undefined)}>{t('field.told.readAll')}</Button>
    )}>
      {messages.isPending && <Waiting />}
      {messages.isError && <Trouble error={messages.error} retry={() => void messages.refetch()} />}
      {messages.isSuccess && all.length === 0 && (
        <Nothing icon={<BellOff size={26} />} title={t('phone.noMessages')}>{t('field.told.none')}</Nothing>
      )}
      <div className="field-scroll">
        <ul className="due">{all.map((m) => <Line key={m.id} message={m} read={read} />)}</ul>
        {messages.hasNextPage && <Button block onClick={() => void messages.fetchNextPage()}>{t('do.moreRows')}</Button>}
      </div>
    </Panel>
  )
}

function Line({ message, read }: { message: Message; read: (id: number) => Promise<void> }) {
  const { t, language } = useSpeech()
  const { me } = useSession()
  const way = wayOf(message)
  const body = (
    <>
      <span className={message.read_at ? undefined : 'row-title'}>{sentenceOf(message, t)}</span>
      <span className="row-sub">
        {day(dateOf(message.at, me.timezone), language)}{!message.read_at && ` · ${t('field.told.unread')}`}
      </span>
    </>
  )
  const open = () => void (message.read_at || read(message.id).catch(() => undefined))
  return (
    <li>
      {way ? <Link href={way} className="due-main" onClick={open}>{body}</Link>
        : <button type="button" className="due-main" onClick={open}>{body}</button>}
    </li>
  )
}

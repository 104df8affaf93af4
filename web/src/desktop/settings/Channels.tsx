import { useState } from 'react'
import { Button, DatePicker, Input, Popconfirm, Select, Switch, Tag } from 'antd'
import dayjs from 'dayjs'
import { MessageSquare, Plus } from 'lucide-react'
import { commandKey, post, put, remove } from '../../api/client'
import { useChannels, useMessageLog, type Authorisation, type Channel, type ChannelIn } from '../../api/messaging'
import { usePeople } from '../../api/queries'
import { clock, dateOf, day } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { Nothing, Trouble, Waiting } from '../states'
import { Prove } from './Prove'
import { useCommand } from './useCommand'

const fresh: ChannelIn = { name: '', kind: 'gateway', endpoint: '', login: '', sender: '', secret: '', active: true }

/** The company's own channels to its customers, who may use them, and every try. */
export default function Channels() {
  const { t } = useSpeech()
  const channels = useChannels()
  const [adding, setAdding] = useState(false)
  if (channels.isPending) return <Waiting />
  if (channels.isError) return <Trouble error={channels.error} retry={() => void channels.refetch()} />
  return (
    <>
      <p className="quiet">{t('msg.hint')}</p>
      {channels.data.length === 0 && !adding && (
        <Nothing icon={<MessageSquare size={26} />} title={t('msg.none')}>{t('msg.noneHint')}</Nothing>
      )}
      {channels.data.map((c) => <OneChannel key={`${c.id} ${c.version}`} channel={c} />)}
      {adding ? (
        <section className="desk-card" aria-label={t('msg.new')}>
          <h2>{t('msg.new')}</h2>
          <ChannelForm onDone={() => setAdding(false)} />
        </section>
      ) : (
        <Button icon={<Plus size={15} aria-hidden />} onClick={() => setAdding(true)}>{t('msg.new')}</Button>
      )}
      {channels.data.length > 0 && <Log />}
    </>
  )
}

function OneChannel({ channel: c }: { channel: Channel }) {
  const { t } = useSpeech()
  const [editing, setEditing] = useState(false)
  return (
    <section className="desk-card channel" aria-label={c.name}>
      <h2>{c.name} {!c.active && <Tag>{t('msg.off')}</Tag>}</h2>
      {editing ? <ChannelForm channel={c} onDone={() => setEditing(false)} /> : (
        <p className="rule-line">
          <span>{t(`msg.kind.${c.kind}`)}<small className="quiet"> {c.endpoint}</small></span>
          <Button size="small" onClick={() => setEditing(true)}>{t('do.edit')}</Button>
        </p>
      )}
      <Authorisations channel={c} />
    </section>
  )
}

function ChannelForm({ channel, onDone }: { channel?: Channel; onDone: () => void }) {
  const { t } = useSpeech()
  const { run, busy, needsProof, goOn } = useCommand('channels')
  const [draft, setDraft] = useState<ChannelIn>(channel ? {
    name: channel.name, kind: channel.kind, endpoint: channel.endpoint, login: channel.login,
    sender: channel.sender, secret: '', active: channel.active,
  } : fresh)
  const [key] = useState(commandKey)
  const line = (name: 'name' | 'endpoint' | 'login' | 'sender', word: string) => (
    <label className="field">
      <span>{word}</span>
      <Input value={draft[name] ?? ''} maxLength={name === 'endpoint' ? 300 : 120} autoComplete="off"
        onChange={(e) => setDraft({ ...draft, [name]: e.target.value })} />
    </label>
  )
  const work = async () => {
    if (channel) await put(`/v1/message-channels/${channel.id}`, draft, { version: channel.version })
    else await post('/v1/message-channels', draft, { key })
    onDone()
  }
  return (
    <>
      <form className="channel-form" onSubmit={(e) => {
        e.preventDefault()
        void run(work)
      }}>
        {line('name', t('msg.name'))}
        <label className="field">
          <span>{t('msg.kind')}</span>
          <Select value={draft.kind} aria-label={t('msg.kind')} onChange={(kind) => setDraft({ ...draft, kind })}
            options={(['gateway', 'mail'] as const).map((k) => ({ value: k, label: t(`msg.kind.${k}`) }))} />
        </label>
        {line('endpoint', t(`msg.endpoint.${draft.kind}`))}
        {line('sender', t(`msg.sender.${draft.kind}`))}
        {draft.kind === 'mail' && line('login', t('msg.login'))}
        <label className="field">
          <span>{t(`msg.secret.${draft.kind}`)}</span>
          <Input.Password value={draft.secret ?? ''} maxLength={500} autoComplete="new-password"
            placeholder={channel?.has_secret ? t('msg.secretKept') : undefined}
            onChange={(e) => setDraft({ ...draft, secret: e.target.value })} />
        </label>
        <div className="rule-line">
          <span>{t('msg.active')}</span>
          <Switch checked={draft.active} aria-label={t('msg.active')} onChange={(active) => setDraft({ ...draft, active })} />
        </div>
        <div className="rule-acts">
          <Button onClick={onDone}>{t('do.cancel')}</Button>
          <Button type="primary" htmlType="submit" loading={busy} disabled={!draft.name || !draft.endpoint}>{t('do.save')}</Button>
        </div>
      </form>
      {needsProof && <Prove onProved={goOn} />}
    </>
  )
}

function Authorisations({ channel: c }: { channel: Channel }) {
  const { t, language } = useSpeech()
  const { me } = useSession()
  const { run, busy } = useCommand('channels')
  const state = (a: Authorisation) => {
    if (a.withdrawn_at) {
      return <Tag>{t('msg.withdrawn', { name: a.withdrawn_by, day: day(dateOf(a.withdrawn_at, me.timezone), language) })}</Tag>
    }
    return a.valid ? <span className="status status-published">{t('msg.valid')}</span>
      : <span className="status status-draft">{t('msg.over')}</span>
  }
  return (
    <>
      <h3>{t('msg.authorised')}</h3>
      {!c.authorisations?.some((a) => a.valid) && <p><span className="danger">{t('msg.nobody')}</span></p>}
      <ul className="desk-list">
        {c.authorisations?.map((a) => (
          <li key={a.id}>
            <span className="grow">
              {a.person_id ? a.person_name : t('msg.everybody')} · <span className="num channel-period">{a.from} – {a.until}</span>
              <small className="quiet"> {a.document}{a.granted_by && ` · ${t('msg.grantedBy', { name: a.granted_by })}`}</small>
            </span>
            {state(a)}
            {!a.withdrawn_at && (
              <Popconfirm title={t('msg.withdrawAsk')} okText={t('msg.withdraw')} cancelText={t('do.cancel')}
                onConfirm={() => void run(() => remove(`/v1/message-channels/${c.id}/authorisations/${a.id}`))}>
                <Button size="small" danger loading={busy}>{t('msg.withdraw')}</Button>
              </Popconfirm>
            )}
          </li>
        ))}
      </ul>
      <Authorise channel={c} />
    </>
  )
}

function Authorise({ channel: c }: { channel: Channel }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const people = usePeople()
  const { run, busy, needsProof, goOn } = useCommand('channels')
  const [person, setPerson] = useState(0)
  const [document, setDocument] = useState('')
  const [period, setPeriod] = useState([dayjs(me.business_day), dayjs(me.business_day).add(1, 'year')] as const)
  const [key, setKey] = useState(commandKey)
  const work = async () => {
    await post(`/v1/message-channels/${c.id}/authorisations`, {
      person_id: person, document, from: period[0].format('YYYY-MM-DD'), until: period[1].format('YYYY-MM-DD'),
    }, { key })
    setDocument('')
    setKey(commandKey())
  }
  return (
    <>
      <form className="desk-form" onSubmit={(e) => {
        e.preventDefault()
        void run(work)
      }}>
        <Select style={{ width: 220 }} showSearch={{ optionFilterProp: 'label' }} value={person} onChange={setPerson} aria-label={t('msg.who')}
          options={[{ value: 0, label: t('msg.everybody') },
            ...(people.data ?? []).filter((p) => p.active).map((p) => ({ value: p.id, label: p.name }))]} />
        <DatePicker.RangePicker value={[period[0], period[1]]} allowClear={false} aria-label={t('msg.period')}
          onChange={(v) => v?.[0] && v[1] && setPeriod([v[0], v[1]])} />
        <Input style={{ width: 260 }} value={document} maxLength={200} placeholder={t('msg.document')} aria-label={t('msg.document')}
          onChange={(e) => setDocument(e.target.value)} />
        <Button type="primary" htmlType="submit" loading={busy} disabled={!document.trim()}>{t('msg.authorise')}</Button>
      </form>
      {needsProof && <Prove onProved={goOn} />}
    </>
  )
}

function Log() {
  const { t, language, lookup } = useSpeech()
  const { me, may } = useSession()
  const log = useMessageLog()
  const lines = log.data?.pages.flatMap((p) => p.items) ?? []
  if (!may('messages.send')) return null
  return (
    <section className="desk-card channel-scroll" tabIndex={0} role="region" aria-label={t('msg.log')}>
      <h2>{t('msg.log')}</h2>
      {log.isPending && <Waiting rows={3} />}
      {log.isError && <Trouble error={log.error} retry={() => void log.refetch()} />}
      {log.data && lines.length === 0 && <p className="quiet">{t('msg.noLog')}</p>}
      {lines.length > 0 && (
        <table className="trail-table channel-log">
          <thead>
            <tr>
              <th scope="col">{t('msg.when')}</th><th scope="col">{t('msg.person')}</th><th scope="col">{t('msg.customer')}</th>
              <th scope="col">{t('msg.outcome')}</th><th scope="col">{t('msg.why')}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((l) => (
              <tr key={l.id}>
                <td className="num">{day(dateOf(l.at, me.timezone), language)} {clock(l.at, me.timezone)}</td>
                <td>{l.person_name}</td>
                <td>{l.customer_name || t('msg.foreign', { n: l.customer_id })}</td>
                <td className={['refused', 'failed'].includes(l.outcome) ? 'danger' : undefined}>{t(`msg.outcome.${l.outcome}`)}</td>
                <td>{(l.code && lookup(`problem.${l.code}`)) || l.detail || l.text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {log.hasNextPage && (
        <Button size="small" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>{t('do.moreRows')}</Button>
      )}
    </section>
  )
}

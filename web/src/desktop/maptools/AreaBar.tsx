import { useMemo, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, DatePicker, Dropdown, Input, Modal, Select } from 'antd'
import dayjs from 'dayjs'
import { CalendarPlus, ChevronDown, MessageSquare, Send, Tag, UserRoundCheck } from 'lucide-react'
import { commandKey, get, post, put, rows, type Query } from '../../api/client'
import { useFormsOnly } from '../../api/archive'
import { mostReached } from '../../api/messaging'
import { useCount, usePeople } from '../../api/queries'
import type { Customer, Day, Page } from '../../api/types'
import { edit, stopsOf } from '../../day/plan'
import { count } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { useDownloads } from '../customers/downloads'
import { useFilter } from '../customers/filter'
import { SendMessage } from '../customers/SendMessage'
import { tag, untag, type Tagging } from './tagging'

/** As many customers as one command takes. */
const most = { assign: 1000, plan: 40, tag: 1000, message: 1000 } as const

/** All customers of a filter, page by page, up to a number. */
async function members(filter: Query, limit: number): Promise<Customer[]> {
  const out: Customer[] = []
  for (let after: string | null = ''; after !== null && out.length < limit; ) {
    const page: Page<Customer> = await get('/v1/customers', { ...filter, limit: 200, after })
    out.push(...rows(page))
    after = page.next
  }
  return out.slice(0, limit)
}

type Act = keyof typeof most
const isAct = (key: string): key is Act => key in most

/** What to do with the customers that an area of the map holds. */
export function AreaBar() {
  const { t } = useSpeech()
  const { may } = useSession()
  const { filter, value } = useFilter()
  const total = useCount(filter)
  const downloads = useDownloads(filter)
  const closed = useFormsOnly()
  const [act, setAct] = useState<Act | null>(null)
  const [reaching, setReaching] = useState(false)
  if (!value('polygon')) return null
  const n = total.data?.total ?? 0
  const items = [
    ...(may('customers.write') && !closed
      ? [{ key: 'assign', label: t('area.assign'), icon: <UserRoundCheck size={14} aria-hidden /> },
        { key: 'tag', label: t('area.tag'), icon: <Tag size={14} aria-hidden /> }]
      : []),
    ...(may('customers.write')
      ? [{ key: 'message', label: t('area.message'), icon: <MessageSquare size={14} aria-hidden /> }]
      : []),
    ...(may('messages.send')
      ? [{ key: 'reach', label: n > mostReached ? `${t('msg.send')} · ${t('msg.tooMany', { n: mostReached })}` : t('msg.send'),
        icon: <Send size={14} aria-hidden />, disabled: n > mostReached, onClick: () => setReaching(true) }]
      : []),
    ...(may('days.write')
      ? [{ key: 'plan', label: t('area.plan'), icon: <CalendarPlus size={14} aria-hidden /> }]
      : []),
    ...downloads,
  ]
  return (
    <div className="area-bar" role="status">
      <span>{total.data ? t('area.holds', { n: count(n) }) : '…'}</span>
      {items.length > 0 && (
        <Dropdown trigger={['click']} disabled={n === 0}
          menu={{ items, onClick: ({ key }) => setAct(isAct(key) ? key : null) }}>
          <Button size="small" type="primary">
            {t('area.act')} <ChevronDown size={14} aria-hidden />
          </Button>
        </Dropdown>
      )}
      {reaching && (
        <SendMessage total={n} onClose={() => setReaching(false)}
          ids={async () => (await members(filter, mostReached)).map((c) => c.id)} />
      )}
      {act && <Acting act={act} total={n} onClose={() => setAct(null)} />}
    </div>
  )
}

const tagged = 'area-tagged' // the message that it was

function Acting({ act, total, onClose }: { act: Act; total: number; onClose: () => void }) {
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const { filter } = useFilter()
  const { message } = App.useApp()
  const client = useQueryClient()
  const people = usePeople()
  const [person, setPerson] = useState<number | null>(null)
  const [date, setDate] = useState(me.business_day)
  const [busy, setBusy] = useState(false)
  const [words, setWords] = useState('')
  const key = useMemo(commandKey, []) // once, however often it is tried
  const toPerson = act === 'assign' || act === 'plan'
  const ready = toPerson ? person !== null : words.trim() !== ''
  const tooMany = total > most[act]
  const sellers = (people.data ?? []).filter((p) => p.role === 'salesperson' && p.active)
  // Says what became of the tag; for ten seconds a word takes it back.
  const offerBack = ({ changed, refused }: Tagging, word: string) => {
    const once = commandKey() // however often the word is clicked
    const back = async () => {
      try {
        await untag(changed, word, once)
        message.destroy(tagged)
        await client.invalidateQueries()
      } catch (error) {
        void message.error(sentence(error, lookup, language))
      }
    }
    void message.open({
      key: tagged, duration: 10,
      content: (
        <span>
          {t('area.tagDone', { n: count(changed.length) })}
          {refused > 0 && ` · ${t('area.tagRefused', { n: count(refused) })}`}{' '}
          {changed.length > 0 && (
            <Button type="link" size="small" onClick={() => void back()}>{t('do.undo')}</Button>
          )}
        </span>
      ),
    })
  }
  const go = async () => {
    if (!ready) return
    setBusy(true)
    try {
      const chosen = await members(filter, most[act])
      let done = chosen.length
      if (act === 'tag') offerBack(await tag(chosen.map((c) => c.id), words.trim(), key), words.trim())
      else if (act === 'message') done = await tell(chosen, words.trim(), key)
      else if (act === 'assign') await assign(chosen, person ?? 0, key)
      else await plan(chosen, person ?? 0, date, key)
      await client.invalidateQueries()
      if (act !== 'tag') void message.info(t(`area.${act}Done`, { n: count(done) }))
      onClose()
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    }
    setBusy(false)
  }
  return (
    <Modal open title={t(`area.${act}`)} onCancel={onClose} onOk={() => void go()} okText={t(`area.${act}Ok`)}
      cancelText={t('do.cancel')} confirmLoading={busy}
      okButtonProps={{ disabled: !ready || tooMany || total === 0 }} destroyOnHidden width={420}>
      <p>{t('area.holds', { n: count(total) })}</p>
      {tooMany && <p className="danger" role="alert">{t('area.tooMany', { n: count(most[act]) })}</p>}
      {toPerson && (
        <Select showSearch optionFilterProp="label" value={person} onChange={setPerson} style={{ width: '100%' }}
          placeholder={t('area.person')} aria-label={t('area.person')}
          options={sellers.map((p) => ({ value: p.id, label: p.name }))} />
      )}
      {act === 'tag' && (
        <Input value={words} maxLength={50} aria-label={t('area.tagName')} placeholder={t('area.tagName')}
          onChange={(e) => setWords(e.target.value)} />
      )}
      {act === 'message' && (
        <Input.TextArea value={words} maxLength={500} rows={3} aria-label={t('area.messageText')}
          placeholder={t('area.messageText')} onChange={(e) => setWords(e.target.value)} />
      )}
      {act === 'plan' && (
        <DatePicker value={dayjs(date)} allowClear={false} style={{ width: '100%', marginTop: 8 }}
          minDate={dayjs(me.business_day)} aria-label={t('area.day')}
          onChange={(d) => setDate((d ?? dayjs(me.business_day)).format('YYYY-MM-DD'))} />
      )}
    </Modal>
  )
}

/** Tells the owners; how many there are. */
async function tell(chosen: Customer[], text: string, key: string) {
  const { people } = await post<{ people: number }>('/v1/messages/owners',
    { customer_ids: chosen.map((c) => c.id), text }, { key })
  return people
}

const assign = (chosen: Customer[], owner: number, key: string) =>
  post('/v1/customers/assign', { customer_ids: chosen.map((c) => c.id), owner_id: owner }, { key })

/** Adds to a person's day what is not in it yet. */
async function plan(chosen: Customer[], person: number, date: string, key: string) {
  const path = `/v1/days/${person}/${date}`
  const day = await get<Day>(path)
  const stops = stopsOf(day)
  const there = new Set(stops.map((s) => s.id))
  const added = chosen.filter((c) => !there.has(c.id)).map((c) => ({ id: c.id, locked: false }))
  await put<Day>(path, edit([...stops, ...added], day), { version: day.version, key })
}

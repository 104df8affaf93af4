import { useState } from 'react'
import { Alert, Button, DatePicker, Drawer, Input, Select } from 'antd'
import { ScrollText, ShieldCheck } from 'lucide-react'
import type { Dayjs } from 'dayjs'
import { get } from '../../api/client'
import { useTrail, type TrailEntry } from '../../api/org'
import { usePeople } from '../../api/queries'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { Nothing, Trouble, Waiting } from '../states'
import { useWhen } from './Desk'
import { useCommand } from './useCommand'

const objects = [
  'customer', 'lead', 'visit', 'day', 'call', 'order', 'note', 'receipt', 'approval', 'person', 'role', 'team', 'calendar',
  'session', 'token', 'device', 'track', 'module', 'read',
]

/** What was done, in words: "Visit · checked in"; a deed without words keeps its code. */
function deed(action: string, lookup: (key: string) => string | undefined): string {
  const [area = '', thing = '', done] = action.split('.')
  if (area === 'read') return `${lookup('org.object.read')} · ${lookup(`org.read.${thing}`) ?? thing}`
  const what = lookup(`org.thing.${thing}`) ?? lookup(`org.object.${thing}`)
  const how = done && lookup(`org.deed.${done}`)
  return what && how ? `${what} · ${how}` : action
}

/** Who did what, when, from where; a row opens to what was before and after. */
export default function Trail() {
  const { t, lookup } = useSpeech()
  const { me } = useSession()
  const when = useWhen(me.timezone)
  const people = usePeople()
  const [person, setPerson] = useState<number>()
  const [object, setObject] = useState<string>()
  const [id, setId] = useState('')
  const [days, setDays] = useState<[Dayjs | null, Dayjs | null] | null>(null)
  const [open, setOpen] = useState<TrailEntry | null>(null)
  const trail = useTrail({
    person, object, id: /^\d+$/.test(id) ? id : undefined,
    from: days?.[0]?.format('YYYY-MM-DD'), to: days?.[1]?.format('YYYY-MM-DD'),
  })
  const rows = trail.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <>
      <div className="desk-form">
        <Select allowClear showSearch optionFilterProp="label" style={{ width: 180 }} value={person} onChange={setPerson}
          placeholder={t('org.who')} aria-label={t('org.who')}
          options={people.data?.map((p) => ({ value: p.id, label: p.name }))} />
        <Select allowClear style={{ width: 150 }} value={object} onChange={setObject} placeholder={t('org.object')}
          aria-label={t('org.object')}
          options={objects.map((o) => ({ value: o, label: lookup(`org.object.${o}`) ?? o }))} />
        <Input style={{ width: 120 }} value={id} inputMode="numeric" placeholder={t('org.number')}
          aria-label={t('org.number')} onChange={(e) => setId(e.target.value)} />
        <DatePicker.RangePicker value={days} onChange={(v) => setDays(v)} aria-label={t('org.period')} />
        <Verify />
      </div>
      {trail.isPending && <Waiting />}
      {trail.isError && <Trouble error={trail.error} retry={() => void trail.refetch()} />}
      {trail.data && rows.length === 0 && <Nothing icon={<ScrollText size={26} />} title={t('org.noTrail')} />}
      {rows.length > 0 && (
        <table className="trail-table">
          <thead>
            <tr>
              <th scope="col">{t('org.when')}</th><th scope="col">{t('org.who')}</th>
              <th scope="col">{t('org.what')}</th><th scope="col">{t('org.from')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((e) => (
              <tr key={e.id} aria-selected={open?.id === e.id} onClick={() => setOpen(e)}>
                <td className="num">{when(e.at)}</td>
                <td>{e.person_name || t('org.system')}</td>
                <td><button type="button" onClick={() => setOpen(e)}>{deed(e.action, lookup)}{e.object_id ? ` #${e.object_id}` : ''}</button></td>
                <td className="num">{e.address}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {trail.hasNextPage && (
        <Button type="text" onClick={() => void trail.fetchNextPage()}>{t('do.moreRows')}</Button>
      )}
      {open && (
        <Drawer open title={deed(open.action, lookup)} size={560} onClose={() => setOpen(null)}>
          <Entry entry={open} />
        </Drawer>
      )}
    </>
  )
}

function Entry({ entry: e }: { entry: TrailEntry }) {
  const { t, lookup } = useSpeech()
  const { me } = useSession()
  const when = useWhen(me.timezone)
  const lines = differences(e.before, e.after)
  return (
    <>
      <dl className="facts">
        <dt>{t('org.when')}</dt><dd className="num">{when(e.at)}</dd>
        <dt>{t('org.who')}</dt><dd>{e.person_name || t('org.system')}</dd>
        <dt>{t('org.object')}</dt><dd>{lookup(`org.object.${e.object}`) ?? e.object} {e.object_id ? `#${e.object_id}` : ''}</dd>
        <dt>{t('org.from')}</dt><dd className="num">{e.address || '—'}</dd>
        <dt>{t('org.program')}</dt><dd>{e.agent || '—'}</dd>
        <dt>{t('org.request')}</dt><dd className="num">{e.request || '—'}</dd>
      </dl>
      {lines.length > 0 && (
        <table className="diff">
          <thead><tr><th scope="col">{t('approval.field')}</th><th scope="col">{t('approval.before')}</th><th scope="col">{t('approval.after')}</th></tr></thead>
          <tbody>
            {lines.map((l) => (
              <tr key={l.field}>
                <th scope="row">{l.field}</th>
                <td>{l.before === l.after ? l.before : <del>{l.before}</del>}</td>
                <td>{l.before === l.after ? l.after : <ins>{l.after}</ins>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}

const isErased = (v: unknown) => typeof v === 'object' && v !== null && 'erased' in v && Object.keys(v).length === 1

/** The fields that differ; all of them where something was made or unmade. */
function differences(before: unknown, after: unknown) {
  if (isErased(before) || isErased(after)) return [{ field: '—', before: '', after: '· · ·' }]
  const flat = (v: unknown): Record<string, unknown> =>
    typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Record<string, unknown>) : v == null ? {} : { value: v }
  const a = flat(before)
  const b = flat(after)
  const text = (v: unknown) => v === undefined || v === null || v === '' ? '—' : typeof v === 'object' ? JSON.stringify(v) : String(v)
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
    .map((field) => ({ field, before: text(a[field]), after: text(b[field]) }))
    .filter((l) => l.before !== l.after)
}

interface Verdict { whole: boolean; rows: number; seq?: number; entry?: number; reason?: string }

function Verify() {
  const { t } = useSpeech()
  const [verdict, setVerdict] = useState<Verdict | null>(null)
  const { run, busy } = useCommand()
  return (
    <>
      <Button loading={busy} icon={<ShieldCheck size={15} aria-hidden />}
        onClick={() => void run(async () => setVerdict(await get<Verdict>('/v1/audit/verification')))}>
        {t('org.verify')}
      </Button>
      {verdict && (
        <Alert type={verdict.whole ? 'success' : 'error'} showIcon role="status"
          title={verdict.whole ? t('org.whole', { n: verdict.rows })
            : t('org.touched', { row: verdict.seq ?? verdict.entry ?? 0, how: verdict.reason ?? '' })} />
      )}
    </>
  )
}

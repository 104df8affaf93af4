import { Button, Segmented } from 'antd'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { Link } from 'wouter'
import { get, queryString, type Query } from '../../api/client'
import type { components } from '../../api/schema'
import type { Page } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { useUrl } from '../url'
import { useFacets } from '../../api/queries'
import { Desk } from '../settings/Desk'
import { stages, stageWord } from '../customers/words'
import { Nothing, Trouble, Waiting } from '../states'
import { Leads } from './Leads'

const tabs = ['leads', 'process', 'channels', 'service'] as const
type Tab = (typeof tabs)[number]
const everything: Query = {}

/** How customers come to be: leads, the stages of the sale, the channels, and service afterwards. */
export default function LeadsPage() {
  const { t } = useSpeech()
  const { params, set } = useUrl()
  const tab = tabs.find((k) => k === params.get('tab')) ?? 'leads'
  return (
    <Desk title={t(tab === 'leads' ? 'crm.leads' : `crm.leads.${tab}`)}>
      <Segmented value={tab} aria-label={t('crm.leads')} className="leads-tabs"
        onChange={(v: Tab) => set({ tab: v === 'leads' ? null : v })}
        options={tabs.map((k) => ({ value: k, label: t(k === 'leads' ? 'crm.leads' : `crm.leads.${k}`) }))} />
      {tab === 'leads' && <Leads />}
      {tab === 'process' && <Process />}
      {tab === 'channels' && <Channels />}
      {tab === 'service' && <Service />}
    </Desk>
  )
}

interface Count { value: string; word: string; count: number }

/** Counts that lead to their customers. */
function Counts({ field, counts, hint }: { field: string; counts: Count[]; hint: string }) {
  const most = Math.max(1, ...counts.map((c) => c.count))
  return (
    <div className="desk-card">
      <p>{hint}</p>
      <ul className="desk-list counts">
        {counts.map((c) => (
          <li key={c.value}>
            <Link href={`/map${queryString({ [field]: c.value || 'none' })}`} className="counts-line">
              <span className="counts-word">{c.word}</span>
              <span className="counts-bar" aria-hidden><i style={{ width: `${(100 * c.count) / most}%` }} /></span>
              <b className="num">{c.count}</b>
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Process() {
  const { t, lookup } = useSpeech()
  const facets = useFacets(everything)
  if (facets.isPending) return <Waiting />
  if (facets.isError) return <Trouble error={facets.error} retry={() => void facets.refetch()} />
  const found = new Map((facets.data.stage ?? []).map((f) => [f.value, f.count]))
  return (
    <Counts field="stage" hint={t('crm.process.hint')}
      counts={stages.map((s) => ({ value: s, word: stageWord(s, lookup), count: found.get(s) ?? 0 }))} />
  )
}

function Channels() {
  const { t, lookup } = useSpeech()
  const report = useQuery({
    queryKey: ['facets', 'channels'],
    queryFn: () => get<components['schemas']['Shown']>('/v1/reports/S16'),
  })
  if (report.isPending) return <Waiting />
  if (report.isError) return <Trouble error={report.error} retry={() => void report.refetch()} />
  const at = (name: string) => report.data.columns.findIndex((c) => c.name === name)
  const counts = report.data.rows.map((r) => {
    const value = r.drill.channel === 'none' ? '' : (r.drill.channel ?? '')
    const word = value ? (lookup(`channel.${value}`) ?? value) : t('crm.empty')
    return { value, word, count: Number(r.cells[at('count')] ?? 0) }
  })
  return <Counts field="channel" hint={t('crm.channels.hint')} counts={counts} />
}

function Service() {
  const { t, lookup } = useSpeech()
  const open = useInfiniteQuery({
    queryKey: ['customer', 'problems'],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      get<Page<components['schemas']['CustomerProblem']>>('/v1/customer-problems', { open: true, after: pageParam }),
    getNextPageParam: (last) => last.next || undefined,
  })
  if (open.isPending) return <Waiting />
  if (open.isError) return <Trouble error={open.error} retry={() => void open.refetch()} />
  const all = open.data.pages.flatMap((p) => p.items)
  return (
    <div className="desk-card">
      <p>{t('crm.service.hint')}</p>
      {all.length === 0 && <Nothing icon={<CircleCheck size={26} />} title={t('crm.service.none')} />}
      <ul className="desk-list">
        {all.map((p) => (
          <li key={p.id}>
            <span className="grow">
              <Link href={`/map?customer=${p.customer_id}`}><b>{p.customer_name}</b></Link>
              <br />{lookup(`book.problem.${p.kind}`) ?? p.kind} · {p.description}
            </span>
            <span className="quiet">{p.responsible_name} · {lookup(`crm.service.state.${p.state}`) ?? p.state}</span>
          </li>
        ))}
      </ul>
      {open.hasNextPage && <Button onClick={() => void open.fetchNextPage()}>{t('do.moreRows')}</Button>}
    </div>
  )
}

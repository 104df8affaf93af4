import { lazy, Suspense, useMemo } from 'react'
import { Button, InputNumber, Table } from 'antd'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Download, FileQuestionMark } from 'lucide-react'
import { Link, useLocation, useParams } from 'wouter'
import { fileLink, get, queryString, rows as rowsOf } from '../../api/client'
import type { Report } from '../../api/types'
import { count, day } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { kindWord, stageWord, statusWord } from '../customers/words'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'
import { useUrl } from '../url'
import { reports, type ReportEntry } from './registry'
import './reports.css'

const Chart = lazy(() => import('./Chart'))

/** Every figure of the company, and the list behind each. */
export default function ReportsPage() {
  const { t, lookup } = useSpeech()
  const chosen = useParams<{ id?: string }>().id
  const may = useQuery({
    queryKey: ['reports'],
    queryFn: async () => rowsOf(await get<{ items: { id: string }[] | null }>('/v1/reports')),
  })
  const open = reports.filter((r) => may.data?.some((m) => m.id === r.id))
  const entry = open.find((r) => r.id === chosen) ?? open.find((r) => r.id === 'S14') ?? open[0]
  return (
    <>
      <Panel title={t('report.title')} label={t('report.title')}>
        {may.isPending && <Waiting />}
        {may.isError && <Trouble error={may.error} retry={() => void may.refetch()} />}
        <nav className="report-list" aria-label={t('report.title')}>
          {open.map((r) => (
            <Link key={r.id} href={`/reports/${r.id}`} className="report-link"
              aria-current={r.id === entry?.id ? 'page' : undefined}>
              {lookup(`report.${r.id}`) ?? r.id}
            </Link>
          ))}
        </nav>
      </Panel>
      {entry && <Sheet key={entry.id} entry={entry} />}
    </>
  )
}

function Sheet({ entry }: { entry: ReportEntry }) {
  const { t, lookup, language } = useSpeech()
  const { may } = useSession()
  const { params, set } = useUrl()
  const filter = useMemo(() => ({
    year: entry.yearly ? params.get('year') : null,
    from: entry.yearly ? null : params.get('from'),
    to: entry.yearly ? null : params.get('to'),
  }), [entry, params])
  const key = JSON.stringify(filter)
  const pages = useInfiniteQuery({
    queryKey: ['report', entry.id, key, language],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      get<Report>(`/v1/reports/${entry.id}`, { ...filter, after: pageParam, limit: 100 }),
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  })
  const first = pages.data?.pages[0]
  const all = pages.data?.pages.flatMap((p) => p.rows ?? []) ?? []
  return (
    <section className="report" aria-label={lookup(`report.${entry.id}`) ?? entry.id}>
      <header className="report-head">
        <h2>{lookup(`report.${entry.id}`) ?? entry.id}</h2>
        {first && first.total >= 0 && <span className="num">{t('report.total', { n: count(first.total) })}</span>}
        <span className="grow" />
        {entry.yearly ? (
          <InputNumber aria-label={t('report.year')} min={2000} max={2100} value={first?.year ?? null}
            onChange={(v) => set({ year: v })} />
        ) : (
          <>
            <input type="date" className="report-day" aria-label={t('report.from')} value={params.get('from') ?? ''}
              onChange={(e) => set({ from: e.target.value })} />
            <input type="date" className="report-day" aria-label={t('report.to')} value={params.get('to') ?? ''}
              onChange={(e) => set({ to: e.target.value })} />
          </>
        )}
        {may('customers.export') && ['xlsx', 'csv'].map((kind) => (
          <Button key={kind} icon={<Download size={14} aria-hidden />}
            href={fileLink(`/v1/reports/${entry.id}/export.${kind}`, filter)}>
            {kind.toUpperCase()}
          </Button>
        ))}
      </header>
      {pages.isPending && <Waiting />}
      {pages.isError && <Trouble error={pages.error} retry={() => void pages.refetch()} />}
      {first && all.length === 0 && (
        <Nothing icon={<FileQuestionMark size={26} />} title={t('report.empty')}>{t('report.emptyHint')}</Nothing>
      )}
      {first && all.length > 0 && (
        <>
          {first.chart && (
            <Suspense fallback={<Waiting rows={3} />}>
              <Chart report={{ ...first, rows: all }} word={(v) => segmentWord(first.columns?.[0]?.name ?? '', v, lookup, t('report.none'))}
                label={t('report.chart')} rest={t('report.others')} />
            </Suspense>
          )}
          <Rows report={first} all={all} />
          {pages.hasNextPage && (
            <Button block loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
              {t('do.moreRows')}
            </Button>
          )}
        </>
      )}
    </section>
  )
}

type Lookup = (key: string) => string | undefined

/** A value of a column in words. */
function segmentWord(column: string, value: unknown, lookup: Lookup, none: string): string {
  const text = String(value ?? '')
  if (text === '') return none
  if (column === 'kind') return kindWord(text, lookup)
  if (column === 'status') return statusWord(text, lookup)
  if (column === 'stage') return stageWord(text, lookup)
  if (column === 'located') return lookup(`report.located.${text}`) ?? text
  return text
}

function Rows({ report, all }: { report: Report; all: NonNullable<Report['rows']> }) {
  const { t, lookup, language } = useSpeech()
  const [, go] = useLocation()
  const columns = (report.columns ?? []).map((c, i) => ({
    title: c.title,
    key: c.name,
    align: c.type === 'text' || c.type === 'date' ? 'left' as const : 'right' as const,
    render: (_: unknown, row: (typeof all)[number]) => {
      const value = (row.cells ?? [])[i]
      if (c.type === 'permil') return <span className="num">{(Number(value) / 10).toFixed(1)} %</span>
      if (c.type === 'date') return value ? day(String(value), language) : '–'
      if (c.type === 'number') {
        return <span className="num">{typeof value === 'number' ? (c.name.endsWith('tude') ? value.toFixed(5) : count(value)) : '–'}</span>
      }
      return segmentWord(c.name, value, lookup, i === 0 ? t('report.none') : '–')
    },
  }))
  const open = (row: (typeof all)[number]) => {
    go(`/map${queryString(row.drill)}`)
  }
  return (
    <Table size="small" rowKey={(row) => JSON.stringify(row.cells) + JSON.stringify(row.drill)} columns={columns}
      dataSource={all} pagination={false} scroll={{ x: 'max-content' }}
      onRow={(row) => ({
        onClick: () => open(row), tabIndex: 0, className: 'report-row', title: t('report.open'),
        onKeyDown: (e) => { if (e.key === 'Enter') open(row) },
      })} />
  )
}

import { useEffect, useMemo, useRef, type KeyboardEvent } from 'react'
import { Button, Select } from 'antd'
import { MapPinOff, SearchX } from 'lucide-react'
import { useCustomers, usePeople } from '../../api/queries'
import type { Customer } from '../../api/types'
import { cell } from '../../book/cells'
import { count } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import type { Key } from '../../i18n/zh'
import { useSession } from '../../session/session'
import { personPaint } from '../../theme/palette'
import { Nothing, Trouble, Waiting } from '../states'
import { CustomersTable } from './CustomersTable'
import { sorts, useFilter } from './filter'
import { useShown } from './Views'
import { kindWord } from './words'

/** The rows of the filter, page by page as one scrolls. */
export function CustomerList({ selected, onPick }: {
  selected: number | null
  onPick: (c: Customer) => void
}) {
  const { t } = useSpeech()
  const { filter, sort, set, clear, active } = useFilter()
  const pages = useCustomers(filter, sort)
  const all = useMemo(() => pages.data?.pages.flatMap((p) => p.items) ?? [], [pages.data])
  const total = pages.data?.pages[0]?.total ?? 0
  if (pages.isPending) return <Waiting />
  if (pages.isError) return <Trouble error={pages.error} retry={() => void pages.refetch()} />
  return (
    <>
      <div className="list-head">
        <span className="num" aria-live="polite">{t('customers.count', { n: count(total) })}</span>
        <Select size="small" variant="borderless" value={sort} aria-label={t('list.sort')}
          popupMatchSelectWidth={false} onChange={(v) => set({ sort: v === 'name' ? null : v })}
          options={(sorts.some((s) => s === sort) ? sorts : [...sorts, sort]).map((s) => ({ value: s, label: t(`sort.${s}` as Key) }))} />
      </div>
      {all.length === 0 ? (
        <Nothing icon={<SearchX size={26} />} title={t('customers.none')}>
          {active > 0 ? <Button onClick={clear}>{t('filter.clear')}</Button> : t('customers.noneYet')}
        </Nothing>
      ) : (
        <Rows all={all} selected={selected} onPick={onPick} more={pages.hasNextPage}
          onMore={() => void pages.fetchNextPage()} busy={pages.isFetchingNextPage} />
      )}
    </>
  )
}

function Rows({ all, selected, onPick, more, onMore, busy }: {
  all: Customer[]
  selected: number | null
  onPick: (c: Customer) => void
  more: boolean
  onMore: () => void
  busy: boolean
}) {
  const { t } = useSpeech()
  const people = usePeople()
  const { table } = useShown()
  const end = useRef<HTMLDivElement>(null)
  const next = useRef(onMore)
  useEffect(() => {
    next.current = onMore
  })
  useEffect(() => {
    if (!more || !end.current) return
    const watch = new IntersectionObserver((seen) => {
      if (seen.some((s) => s.isIntersecting)) next.current()
    }, { rootMargin: '300px' })
    watch.observe(end.current)
    return () => watch.disconnect()
  }, [more, all.length])
  const index = useMemo(
    () => new Map(people.data?.map((p) => [p.id, p.color_index])),
    [people.data],
  )
  return (
    <div className={table ? 'rows rows-table' : 'rows'} role={table ? undefined : 'list'} tabIndex={table ? 0 : undefined}
      aria-label={table ? undefined : t('customers.title')} onKeyDown={table ? undefined : walk}>
      {table ? <CustomersTable all={all} selected={selected} onPick={onPick} /> : all.map((c) => (
        <CustomerRow key={c.id} customer={c} active={c.id === selected} onPick={onPick}
          colour={personPaint(c.owner_id === null ? null : index.get(c.owner_id)).fill} />
      ))}
      {more && <div ref={end} className="rows-more">{busy ? t('state.loading') : '…'}</div>}
    </div>
  )
}

/** Arrow keys walk the rows. */
function walk(e: KeyboardEvent<HTMLElement>) {
  const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0
  if (!step) return
  const rows = [...e.currentTarget.querySelectorAll<HTMLElement>('button.row')]
  const at = rows.indexOf(document.activeElement as HTMLElement)
  rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.focus()
  e.preventDefault()
}

function CustomerRow({ customer: c, active, colour, onPick }: {
  customer: Customer
  active: boolean
  colour: string
  onPick: (c: Customer) => void
}) {
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const { chosen } = useShown()
  const facts = chosen.map((k) => cell(c, k, { lookup, language, zone: me.timezone })).filter(Boolean).join(' · ')
  return (
    <div role="listitem">
      <button type="button" className="row" aria-current={active || undefined} onClick={() => onPick(c)}>
        <span className="row-mark" style={{ background: colour }} aria-hidden />
        <span className="row-main">
          <span className="row-title">
            {c.name}
            {!c.position && <MapPinOff size={13} className="warn" aria-label={t('customer.noPlace')} />}
          </span>
          <span className="row-sub">
            {kindWord(c.kind, lookup)}{c.address && ` · ${c.address}`}
          </span>
          {facts && <span className="row-facts">{facts}</span>}
        </span>
        <span className="row-end">
          <span className={`level level-${c.level}`} title={t('customer.level')}>{c.level}</span>
          {c.overdue_days > 0 && (
            <span className="overdue num">{t('due.days', { n: c.overdue_days })}</span>
          )}
        </span>
      </button>
    </div>
  )
}

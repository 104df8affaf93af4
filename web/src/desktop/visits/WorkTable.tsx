import { Button } from 'antd'
import { ClipboardList, Download } from 'lucide-react'
import { fileLink } from '../../api/client'
import { sumOf, useWorkRows, type WorkRow } from '../../api/work'
import { count, distance, duration } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { Avatar } from '../Avatar'
import { Nothing, Trouble, Waiting } from '../states'

/** Everybody's work of a period in figures; a name leads to the visits behind them. */
export function WorkTable({ from, onPerson }: { from: string; onPerson: (person: number) => void }) {
  const { t } = useSpeech()
  const { work, rows, counting } = useWorkRows(from)
  if (work.isPending) return <Waiting />
  if (work.isError) return <Trouble error={work.error} retry={() => void work.refetch()} />
  if (rows.length === 0) {
    return <Nothing icon={<ClipboardList size={26} />} title={t('field.noVisits')}>{t('field.noVisitsHint')}</Nothing>
  }
  const most = Math.max(1, ...rows.map((r) => r.records))
  const sum = sumOf(rows)
  return (
    <div className="field-scroll">
      <table className="field-table">
        <thead>
          <tr>
            <th scope="col">{t('field.person')}</th>
            <th scope="col" className="num">{t('field.recordsN')}</th>
            <th scope="col" className="num">{t('field.customersN')}</th>
            <th scope="col" className="num">{t('field.onSite')}</th>
            <th scope="col" className="num">{t('work.road')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r) => <Line key={r.person_id} row={r} most={most} counting={counting} onPerson={onPerson} />)}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t('work.all', { n: rows.length })}</th>
            <td className="num">{count(sum.records)}</td>
            <td />
            <td className="num">{sum.onSite ? duration(sum.onSite) : '–'}</td>
            <td className="num">{sum.road === null ? (counting ? '…' : '–') : sum.road ? duration(sum.road) : '–'}</td>
          </tr>
        </tfoot>
      </table>
      <p className="field-note">{t('field.customersHint')} {t('work.roadHint')}</p>
      <p className="field-files">
        {(['xlsx', 'csv'] as const).map((kind) => (
          <Button key={kind} size="small" icon={<Download size={13} aria-hidden />}
            href={fileLink(`/v1/workload/export.${kind}`, { from })}>{kind.toUpperCase()}</Button>
        ))}
      </p>
    </div>
  )
}

function Line({ row: r, most, counting, onPerson }: {
  row: WorkRow
  most: number
  counting: boolean
  onPerson: (person: number) => void
}) {
  const { t } = useSpeech()
  const more = [
    !r.active && t('work.left'),
    r.inspections > 0 && t('work.inspections', { n: r.inspections, time: duration(r.inspected_s) }),
    r.road_m ? distance(r.road_m) : '',
    (r.road_silent_s ?? 0) >= 60 && t('work.silent', { time: duration(r.road_silent_s ?? 0) }),
  ].filter(Boolean)
  return (
    <tr>
      <td>
        <button type="button" className="field-who" onClick={() => onPerson(r.person_id)}
          aria-label={t('work.open', { name: r.name })}>
          <Avatar name={r.name} index={r.person?.color_index} size={22} />
          <span><b>{r.name}</b>{more.map((m) => <small key={m as string}>{m}</small>)}</span>
        </button>
      </td>
      <td className="num">
        {r.records}
        <span className="field-bar" style={{ width: `${Math.round((r.records / most) * 40)}px` }} aria-hidden />
      </td>
      <td className="num">
        {r.customers}
        {r.daily_customers !== r.customers && <small>{t('work.daily', { n: r.daily_customers })}</small>}
      </td>
      <td className="num">{r.on_site_s ? duration(r.on_site_s) : '–'}</td>
      <td className="num">{r.road_s === null ? (counting ? '…' : '–') : r.road_s ? duration(r.road_s) : '–'}</td>
    </tr>
  )
}

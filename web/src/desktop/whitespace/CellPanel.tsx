import { ArrowLeft } from 'lucide-react'
import { Link } from 'wouter'
import { useSpeech } from '../../i18n/language'
import type { Key } from '../../i18n/zh'
import { kindWord } from '../customers/words'
import { Trouble, Waiting } from '../states'
import { useDetail, type Focus, type Prospect } from './data'
import { ProspectList } from './ProspectList'

const percent = (v: number) => `${(100 * v).toFixed(0)} %`

/** One cell: its figures, where they come from, its customers and its prospects. */
export function CellPanel({ cell, focus, threshold, marked, onBack }: {
  cell: string
  focus: Focus
  threshold: number
  marked: Prospect | null
  onBack: () => void
}) {
  const { t, lookup } = useSpeech()
  const detail = useDetail(cell, focus, threshold)
  const d = detail.data
  const rows: [string, string][] = d ? [
    [t('white.potential'), t('white.points', { n: d.potential.toFixed(1) })],
    [t('white.gap'), t('white.points', { n: d.gap.toFixed(1) })],
    [t('white.coverage'), percent(d.coverage)],
    [t('white.customers'), String(d.customers)],
    [t('white.drawn'), percent(d.drawn)],
    ...(d.wallet === null ? [] : [[t('white.wallet'), percent(d.wallet)] as [string, string]]),
  ] : []
  const word = (kind: string) => lookup(`white.source.${kind}` as Key) ?? kindWord(kind, lookup)
  return (
    <>
      <button type="button" className="white-back" onClick={onBack}>
        <ArrowLeft size={16} aria-hidden /> {t('white.back')}
      </button>
      {detail.isPending && <Waiting rows={3} />}
      {detail.isError && <Trouble error={detail.error} retry={() => void detail.refetch()} />}
      {d && (
        <>
          <dl className="white-facts">
            {rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="num">{value}</dd></div>)}
          </dl>
          {(d.sources ?? []).length > 0 && (
            <details className="white-fold">
              <summary>{t('white.sources')}</summary>
              <table className="white-table">
                <tbody>
                  {d.sources?.map((s) => (
                    <tr key={s.kind}>
                      <th scope="row">{word(s.kind)}</th>
                      <td className="num">{s.count}</td>
                      <td className="num">{t('white.points', { n: s.points.toFixed(1) })}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </details>
          )}
          {(d.clients ?? []).length > 0 && (
            <details className="white-fold">
              <summary>{t('white.clients')} ({d.clients?.length})</summary>
              <ul className="white-clients">
                {d.clients?.map((c) => (
                  <li key={c.id}>
                    <Link href={`/map?customer=${c.id}`}>{c.name}</Link>
                    {!c.active && <small> · {t('white.inactive')}</small>}
                  </li>
                ))}
              </ul>
            </details>
          )}
          <h2 className="white-sub">{t('white.prospects')}</h2>
          <ProspectList query={{ kind: focus.kind, cell }} marked={marked?.id ?? null} />
        </>
      )}
    </>
  )
}

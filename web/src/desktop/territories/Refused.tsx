import { Link } from 'wouter'
import type { Person } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import type { Units } from './data'

/** The customers that did not change hands on the day: whose they stay, and why. */
export function Refused({ units, people }: { units: Units | undefined; people: Person[] }) {
  const { t, lookup } = useSpeech()
  const rows = (units?.refused ?? []).flatMap((why, i) => (why ? [{ why, i }] : []))
  if (!units || rows.length === 0) return null
  const name = (id: number | undefined) =>
    people.find((p) => p.id === id)?.name ?? (id ? String(id) : t('areas.nobody'))
  return (
    <details className="areas-fold" open={rows.length <= 10}>
      <summary>{t('areas.refused', { n: rows.length })}</summary>
      <ul className="areas-refused">
        {rows.map(({ why, i }) => (
          <li key={units.customers[i]}>
            <Link href={`/customers?customer=${units.customers[i]}`}>{units.names[i]}</Link>
            <small>
              {t('areas.refusedFrom', { was: name(units.was[i]), to: name(units.person[i]) })}
              {' · '}{lookup(`problem.${why}`) ?? t('areas.refusedWhy')}
            </small>
          </li>
        ))}
      </ul>
    </details>
  )
}

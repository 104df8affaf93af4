import { ArrowDown, ArrowUp } from 'lucide-react'
import type { Customer } from '../../api/types'
import { cell, columnWord, figures, orders, type Column } from '../../book/cells'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { useFilter } from './filter'
import { useShown } from './Views'

/** The rows of the list with the chosen columns; the headings sort on the server. */
export function CustomersTable({ all, selected, onPick }: {
  all: Customer[]
  selected: number | null
  onPick: (c: Customer) => void
}) {
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const { columns } = useShown()
  const reader = { lookup, language, zone: me.timezone }
  return (
    <table className="customers-table">
      <thead>
        <tr>
          <Heading column="name" word={t('customer.name')} />
          {columns.map((c) => <Heading key={c} column={c} word={t(columnWord(c))} />)}
        </tr>
      </thead>
      <tbody>
        {all.map((c) => (
          <tr key={c.id} aria-selected={c.id === selected}>
            <th scope="row">
              <button type="button" className="link" onClick={() => onPick(c)}>{c.name}</button>
            </th>
            {columns.map((k) => (
              <td key={k} className={figures.has(k) ? 'num figure' : undefined}>{cell(c, k, reader)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Heading({ column, word }: { column: Column | 'name'; word: string }) {
  const { sort, set } = useFilter()
  const way = orders[column]
  const side = column !== 'name' && figures.has(column) ? 'figure' : undefined
  if (!way) return <th scope="col" className={side}>{word}</th>
  const [up, down] = way
  const turn = () => {
    const next = sort === up ? down : up
    set({ sort: next === 'name' ? null : next })
  }
  return (
    <th scope="col" className={side} aria-sort={sort === up ? 'ascending' : sort === down ? 'descending' : 'none'}>
      <button type="button" className="link" onClick={turn}>
        {word}
        {sort === up && <ArrowUp size={13} aria-hidden />}
        {sort === down && <ArrowDown size={13} aria-hidden />}
      </button>
    </th>
  )
}

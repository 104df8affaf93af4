import { useState } from 'react'
import { Button, Select } from 'antd'
import { ClipboardCheck, ClipboardList, Download } from 'lucide-react'
import { fileLink } from '../../api/client'
import { usePeople } from '../../api/queries'
import { usePendingVisits, useVisits, visitStates, type VisitFilter } from '../../api/work'
import { useSpeech } from '../../i18n/language'
import { Nothing, Trouble, Waiting } from '../states'
import { Record } from './Record'

/** Every visit of a period with its proof; those that wait for a yes are of any day. */
export function Records({ from, person, state, onPerson, onState }: {
  from: string
  person: number | null
  state: VisitFilter['state']
  onPerson: (person: number | null) => void
  onState: (state: VisitFilter['state']) => void
}) {
  const { t } = useSpeech()
  const people = usePeople()
  const pending = usePendingVisits()
  const filter: VisitFilter = state === 'pending' ? { state, person } : { from, state, person }
  return (
    <>
      <div className="field-filter">
        <Select allowClear showSearch={{ optionFilterProp: 'label' }} value={person} aria-label={t('field.person')}
          placeholder={t('work.everybody')} onChange={(id: number | undefined) => onPerson(id ?? null)}
          options={people.data?.map((p) => ({ value: p.id, label: p.name }))} />
        <Select allowClear value={state ?? null} aria-label={t('work.state')} placeholder={t('work.anyState')}
          onChange={(s: VisitFilter['state']) => onState(s ?? null)}
          options={visitStates.map((s) => ({ value: s, label: t(`field.state.${s}`) }))} />
        <span className="field-files">
          {(['xlsx', 'csv'] as const).map((kind) => (
            <Button key={kind} size="small" icon={<Download size={13} aria-hidden />}
              href={fileLink(`/v1/visits/export.${kind}`, { ...filter })}>{kind.toUpperCase()}</Button>
          ))}
          {pending.total > 0 && state !== 'pending' && (
            <Button size="small" type="primary" icon={<ClipboardCheck size={13} aria-hidden />}
              onClick={() => onState('pending')}>{t('work.waiting', { n: pending.total })}</Button>
          )}
        </span>
      </div>
      <List key={JSON.stringify(filter)} filter={filter} />
    </>
  )
}

function List({ filter }: { filter: VisitFilter }) {
  const { t } = useSpeech()
  const [open, setOpen] = useState<number | null>(null)
  const list = useVisits(filter)
  if (list.isPending) return <Waiting />
  if (list.isError) return <Trouble error={list.error} retry={() => void list.refetch()} />
  const all = list.data.pages.flatMap((p) => p.items ?? [])
  if (all.length === 0) {
    return filter.state === 'pending'
      ? <Nothing icon={<ClipboardCheck size={26} />} title={t('work.noneWaits')} />
      : <Nothing icon={<ClipboardList size={26} />} title={t('field.noVisits')}>{t('field.noVisitsHint')}</Nothing>
  }
  return (
    <div className="field-scroll">
      <ul className="due">
        {all.map((v) => (
          <Record key={v.id} visit={v} open={open === v.id} onOpen={() => setOpen(open === v.id ? null : v.id)} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button block loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t('do.moreRows')}</Button>
      )}
    </div>
  )
}

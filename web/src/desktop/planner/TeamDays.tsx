import { Fragment, useMemo } from 'react'
import { Users } from 'lucide-react'
import { useDays, usePeople } from '../../api/queries'
import type { DayRow, Person } from '../../api/types'
import { duration, kilometres } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { CustomerLayer } from '../../map/customers'
import { Avatar } from '../Avatar'
import { Nothing, Trouble, Waiting } from '../states'

const none = {}

/** Everybody's day in one line each: status, stops, kilometres, driving time. */
export function TeamDays({ date, onPick }: { date: string; onPick: (person: number) => void }) {
  const { t } = useSpeech()
  const days = useDays(date)
  const people = usePeople()
  const sellers = useMemo(
    () => (people.data ?? []).filter((p) => p.role === 'salesperson' && p.active),
    [people.data],
  )
  const teams = useMemo(() => {
    const by = new Map<string, Person[]>()
    for (const p of sellers) by.set(p.team_name, [...(by.get(p.team_name) ?? []), p])
    return [...by]
  }, [sellers])
  if (days.isPending || people.isPending) return <Waiting />
  if (days.isError) return <Trouble error={days.error} retry={() => void days.refetch()} />
  const byPerson = new Map(days.data.map((d) => [d.person_id, d]))
  if (sellers.length === 0) {
    return <Nothing icon={<Users size={26} />} title={t('plan.noPeople')}>{t('plan.noPeopleHint')}</Nothing>
  }
  return (
    <div className="panel-scroll">
      <table className="team-days">
        <thead>
          <tr>
            <th scope="col">{t('plan.person')}</th>
            <th scope="col" className="end">{t('plan.stops')}</th>
            <th scope="col" className="end">km</th>
            <th scope="col" className="end">{t('plan.drive')}</th>
          </tr>
        </thead>
        <tbody>
          {teams.map(([team, members]) => (
            <Fragment key={team}>
              <tr className="team-name"><th colSpan={4} scope="rowgroup">{team || t('plan.noTeam')}</th></tr>
              {members.map((p) => (
                <DayLine key={p.id} person={p} row={byPerson.get(p.id)} onPick={() => onPick(p.id)} />
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
      <CustomerLayer filter={none} by="owner" people={people.data ?? []} selected={null} />
    </div>
  )
}

function DayLine({ person, row, onPick }: {
  person: Person
  row: DayRow | undefined
  onPick: () => void
}) {
  const { t } = useSpeech()
  const status = row?.status ?? 'none'
  const planned = !!row && row.stops > 0
  return (
    <tr className="day-line" onClick={onPick}>
      <td>
        <button type="button" className="day-line-who">
          <Avatar name={person.name} index={person.color_index} size={26} />
          <span>
            <b>{person.name}</b>
            <StatusTag status={status} />
            {row?.feasible === false && <span className="danger small">{t('plan.breaks')}</span>}
          </span>
        </button>
      </td>
      <td className="end num">{planned ? row.stops : '–'}</td>
      <td className="end num">{planned && row.distance_m !== null ? kilometres(row.distance_m ?? 0) : '–'}</td>
      <td className="end num">{planned && row.drive_s !== null ? duration(row.drive_s ?? 0) : '–'}</td>
    </tr>
  )
}

/** Where the plan stands, in a word. */
export function StatusTag({ status }: { status: DayRow['status'] }) {
  const { t } = useSpeech()
  return <span className={`status status-${status}`}>{t(`day.${status}`)}</span>
}

import { useColleagues } from '../../api/queries'
import type { Customer } from '../../api/types'
import { useSpeech } from '../../i18n/language'

/** Who else follows the customer, by name. */
export function SharedWith({ customer: c }: { customer: Customer }) {
  const { t } = useSpeech()
  const colleagues = useColleagues()
  const people = c.shared_with.people ?? []
  const teams = c.shared_with.teams ?? []
  if (people.length + teams.length === 0) return null
  const all = colleagues.data ?? []
  const names = [
    ...teams.map((id) => t('archive.teamOf', { name: all.find((p) => p.team_id === id)?.team_name ?? id })),
    ...people.map((id) => all.find((p) => p.id === id)?.name ?? String(id)),
  ]
  return (
    <div className="fact">
      <dt>{t('archive.sharedWith')}</dt>
      <dd>{names.join(', ')}</dd>
    </div>
  )
}

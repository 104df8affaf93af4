import { useState } from 'react'
import { Button, Input, Select } from 'antd'
import { Building2, Plus } from 'lucide-react'
import { patch, post } from '../../api/client'
import { usePeople, useTeams } from '../../api/queries'
import type { Person, Team } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { Avatar } from '../Avatar'
import { Nothing, Trouble, Waiting } from '../states'
import { useCommand } from './useCommand'

/** The tree of departments: who leads each, who is in it; where it hangs. */
export default function Departments() {
  const { t } = useSpeech()
  const teams = useTeams()
  const people = usePeople()
  const [picked, setPicked] = useState<number | null>(null)
  const { run, busy } = useCommand('teams', 'people')
  const [fresh, setFresh] = useState('')
  if (teams.isPending || people.isPending) return <Waiting />
  if (teams.isError) return <Trouble error={teams.error} retry={() => void teams.refetch()} />
  const under = (parent: number | null) => teams.data.filter((x) => (x.parent_id ?? null) === parent)
  const members = people.data ?? []
  const branch = (list: Team[]) => list.length > 0 && (
    <ul className="tree">
      {list.map((team) => (
        <li key={team.id}>
          <TeamLine team={team} teams={teams.data} people={members} picked={picked === team.id} busy={busy}
            onPick={() => setPicked(picked === team.id ? null : team.id)}
            onChange={(body) => run(() => patch(`/v1/teams/${team.id}`, body, { version: team.version }))} />
          {branch(under(team.id))}
        </li>
      ))}
    </ul>
  )
  const parent = teams.data.find((x) => x.id === picked)
  return (
    <>
      <form className="desk-form" onSubmit={(e) => {
        e.preventDefault()
        if (!fresh.trim()) return
        void run(() => post('/v1/teams', { name: fresh.trim(), parent_id: picked ?? undefined }))
          .then((done) => done && setFresh(''))
      }}>
        <Input value={fresh} maxLength={80} onChange={(e) => setFresh(e.target.value)}
          placeholder={t('people.newTeam')} aria-label={t('people.newTeam')} />
        <Button htmlType="submit" loading={busy} disabled={!fresh.trim()} icon={<Plus size={15} aria-hidden />}>
          {parent ? t('org.addBelow', { name: parent.name }) : t('do.add')}
        </Button>
      </form>
      <div className="desk-card">
        {branch(under(null)) || <Nothing icon={<Building2 size={26} />} title={t('org.noTeams')} />}
      </div>
    </>
  )
}

function TeamLine({ team, teams, people, picked, busy, onPick, onChange }: {
  team: Team
  teams: Team[]
  people: Person[]
  picked: boolean
  busy: boolean
  onPick: () => void
  onChange: (body: Record<string, unknown>) => Promise<boolean>
}) {
  const { t } = useSpeech()
  const [name, setName] = useState(team.name)
  const inside = people.filter((p) => p.team_id === team.id && p.active)
  return (
    <div className="tree-row" data-picked={picked}>
      <span className="grow">
        <button type="button" className="row-title" aria-expanded={picked} onClick={onPick}
          style={{ border: 0, background: 'none', padding: '8px 0 0', cursor: 'pointer', color: 'inherit', font: 'inherit', fontWeight: 550 }}>
          {team.name}
        </button>
        <small className="quiet"> {team.leader_name || t('org.noLeader')} · {t('people.members', { n: team.people })}</small>
      </span>
      <span className="team-faces">
        {inside.slice(0, 8).map((p) => <Avatar key={p.id} name={p.name} index={p.color_index} size={24} />)}
      </span>
      {picked && (
        <span className="desk-form">
          <Input size="small" style={{ width: 150 }} value={name} maxLength={80} aria-label={t('people.teamName')}
            onChange={(e) => setName(e.target.value)}
            onBlur={() => name.trim() && name.trim() !== team.name && void onChange({ name: name.trim() })}
            onPressEnter={(e) => e.currentTarget.blur()} />
          <Select size="small" style={{ width: 160 }} allowClear showSearch optionFilterProp="label"
            disabled={busy} value={team.leader_id ?? undefined} placeholder={t('org.leader')}
            aria-label={t('org.leader')} options={people.filter((p) => p.active).map((p) => ({ value: p.id, label: p.name }))}
            onChange={(v?: number) => void onChange({ leader_id: v ?? null })} />
          <Select size="small" style={{ width: 160 }} allowClear disabled={busy} value={team.parent_id ?? undefined}
            placeholder={t('org.atTop')} aria-label={t('org.parent')}
            options={teams.filter((x) => x.id !== team.id).map((x) => ({ value: x.id, label: x.name }))}
            onChange={(v?: number) => void onChange({ parent_id: v ?? null })} />
        </span>
      )}
    </div>
  )
}

import { useMemo, useState } from 'react'
import { App, Button, Input, Segmented } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { Check, Pencil, Plus, UserPlus, UsersRound } from 'lucide-react'
import { patch, post } from '../../api/client'
import { usePeople, useRoles, useTeams } from '../../api/queries'
import type { Person, Team } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { PersonPins } from '../../map/PersonPins'
import { showAll, showPlace } from '../../map/camera'
import { useStage } from '../../map/context'
import { useSession } from '../../session/session'
import { Avatar } from '../Avatar'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'
import { PersonForm } from './PersonForm'

/** Who works here, in which team, in which role; homes on the map. */
export default function PeoplePage() {
  const { t } = useSpeech()
  const { may } = useSession()
  const [tab, setTab] = useState<'people' | 'teams'>('people')
  const [editing, setEditing] = useState<Person | 'new' | null>(null)
  const people = usePeople()
  const stage = useStage()
  const homes = useMemo(() => (people.data ?? []).flatMap((p) => p.home && p.active ? [{
    person_id: p.id, name: p.name, position: p.home, age_s: 0, fresh: true,
    color_index: p.color_index,
  }] : []), [people.data])
  if (editing) {
    return <PersonForm person={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
  }
  return (
    <>
      <Panel title={t('people.title')} label={t('people.title')} tools={tab === 'people' && may('people.write') && (
        <Button size="small" type="primary" icon={<UserPlus size={15} aria-hidden />}
          onClick={() => setEditing('new')}>{t('do.new')}</Button>
      )}>
        <div className="planner-tabs">
          <Segmented block value={tab} onChange={setTab} options={[
            { value: 'people', label: t('people.people') },
            { value: 'teams', label: t('people.teams') },
          ]} />
        </div>
        {tab === 'people' ? (
          <People onEdit={(p) => {
            setEditing(p)
            if (p.home && stage) showPlace(stage.map, p.home, 12)
          }} />
        ) : <Teams />}
      </Panel>
      <PersonPins positions={homes} selected={null} quiet
        onPick={(id) => setEditing(people.data?.find((p) => p.id === id) ?? null)} />
      {stage && tab === 'teams' && (
        <button type="button" className="sr-only" onClick={() => showAll(stage.map, homes.map((h) => h.position))}>
          {t('people.showAll')}
        </button>
      )}
    </>
  )
}

function People({ onEdit }: { onEdit: (p: Person) => void }) {
  const { t, lookup, language } = useSpeech()
  const people = usePeople()
  const roles = useRoles()
  const roleWord = (p: Person) => {
    const own = roles.data?.find((r) => r.code === p.role_code)
    return own ? (language === 'zh' && own.name_zh) || own.name : lookup(`role.${p.role}`) ?? p.role
  }
  const [words, setWords] = useState('')
  if (people.isPending) return <Waiting />
  if (people.isError) return <Trouble error={people.error} retry={() => void people.refetch()} />
  const low = words.trim().toLowerCase()
  const shown = people.data.filter((p) => `${p.name} ${p.login} ${p.team_name}`.toLowerCase().includes(low))
  return (
    <>
      <div className="filters">
        <Input allowClear value={words} onChange={(e) => setWords(e.target.value)}
          placeholder={t('people.search')} aria-label={t('people.search')} />
      </div>
      <div className="rows" role="list" aria-label={t('people.people')}>
        {shown.map((p) => (
          <div key={p.id} role="listitem">
            <button type="button" className="row" data-off={!p.active} onClick={() => onEdit(p)}>
              {p.photo ? (
                <img src={p.photo} alt="" width={32} height={32} style={{ borderRadius: 16, objectFit: 'cover' }} />
              ) : <Avatar name={p.name} index={p.color_index} size={32} />}
              <span className="row-main">
                <span className="row-title">{p.name}</span>
                <span className="row-sub">
                  {p.post || roleWord(p)}{p.team_name && ` · ${p.team_name}`} · {p.login}
                </span>
              </span>
              <span className="row-end small quiet num">
                {p.active ? p.phone : t('people.inactive')}
              </span>
            </button>
          </div>
        ))}
        {shown.length === 0 && <Nothing icon={<UsersRound size={26} />} title={t('people.none')} />}
      </div>
    </>
  )
}

function Teams() {
  const { t, lookup, language } = useSpeech()
  const teams = useTeams()
  const people = usePeople()
  const client = useQueryClient()
  const { message } = App.useApp()
  const [fresh, setFresh] = useState('')
  const run = async (work: () => Promise<unknown>) => {
    try {
      await work()
      setFresh('')
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    }
    for (const key of ['teams', 'people']) void client.invalidateQueries({ queryKey: [key] })
  }
  if (teams.isPending) return <Waiting />
  if (teams.isError) return <Trouble error={teams.error} retry={() => void teams.refetch()} />
  return (
    <div className="panel-scroll">
      <ul className="due">
        {teams.data.map((team) => (
          <TeamRow key={team.id} team={team}
            members={people.data?.filter((p) => p.team_id === team.id && p.active) ?? []}
            onRename={(name) => run(() => patch(`/v1/teams/${team.id}`, { name }, { version: team.version }))} />
        ))}
      </ul>
      <form className="team-new" onSubmit={(e) => {
        e.preventDefault()
        if (fresh.trim()) void run(() => post('/v1/teams', { name: fresh.trim() }))
      }}>
        <Input value={fresh} onChange={(e) => setFresh(e.target.value)} maxLength={80}
          placeholder={t('people.newTeam')} aria-label={t('people.newTeam')} />
        <Button htmlType="submit" icon={<Plus size={15} aria-hidden />} disabled={!fresh.trim()}>
          {t('do.add')}
        </Button>
      </form>
    </div>
  )
}

function TeamRow({ team, members, onRename }: {
  team: Team
  members: Person[]
  onRename: (name: string) => Promise<void>
}) {
  const { t } = useSpeech()
  const [name, setName] = useState<string | null>(null)
  return (
    <li className="team-row">
      {name === null ? (
        <span className="due-main">
          <span className="row-title">{team.name}</span>
          <span className="team-faces">
            {members.slice(0, 10).map((p) => (
              <Avatar key={p.id} name={p.name} index={p.color_index} size={22} />
            ))}
            <small className="quiet">{t('people.members', { n: members.length })}</small>
          </span>
        </span>
      ) : (
        <Input autoFocus value={name} maxLength={80} aria-label={t('people.teamName')}
          onChange={(e) => setName(e.target.value)} onKeyDown={(e) => e.key === 'Escape' && setName(null)}
          onPressEnter={() => name.trim() && void onRename(name.trim()).then(() => setName(null))} />
      )}
      <button type="button" className="icon-button"
        aria-label={t(name === null ? 'people.rename' : 'do.save', { name: team.name })}
        onClick={() => {
          if (name === null) setName(team.name)
          else if (name.trim()) void onRename(name.trim()).then(() => setName(null))
        }}>
        {name === null ? <Pencil size={15} aria-hidden /> : <Check size={16} aria-hidden />}
      </button>
    </li>
  )
}

import { useState } from 'react'
import { Button, Checkbox, Input, Popconfirm, Select } from 'antd'
import { UsersRound } from 'lucide-react'
import { post } from '../../api/client'
import { usePeople, useRoles, useTeams } from '../../api/queries'
import { useSpeech } from '../../i18n/language'
import { Avatar } from '../Avatar'
import { Nothing, Trouble, Waiting } from '../states'
import { useCommand } from './useCommand'

/** Gives many people one role, one department, or takes their access, all or none. */
export default function Grants() {
  const { t, language } = useSpeech()
  const people = usePeople()
  const roles = useRoles()
  const teams = useTeams()
  const [words, setWords] = useState('')
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set())
  const [role, setRole] = useState<string>()
  const [team, setTeam] = useState<number>()
  const { run, busy } = useCommand('people', 'teams', 'roles')
  if (people.isPending) return <Waiting />
  if (people.isError) return <Trouble error={people.error} retry={() => void people.refetch()} />
  const low = words.trim().toLowerCase()
  const shown = people.data.filter((p) => `${p.name} ${p.login} ${p.team_name}`.toLowerCase().includes(low))
  const all = shown.length > 0 && shown.every((p) => picked.has(p.id))
  const turn = (ids: number[], on: boolean) => setPicked((old) => {
    const next = new Set(old)
    for (const id of ids) if (on) next.add(id)
    else next.delete(id)
    return next
  })
  const grant = (change: Record<string, unknown>) =>
    run(() => post('/v1/people/batch', { people: [...picked], ...change }))
      .then((done) => done && setPicked(new Set()))
  const name = (code: string) => {
    const r = roles.data?.find((x) => x.code === code)
    return (language === 'zh' && r?.name_zh) || r?.name || code
  }
  return (
    <>
      <p className="quiet">{t('org.grantsHint')}</p>
      <div className="desk-form">
        <Input allowClear value={words} onChange={(e) => setWords(e.target.value)}
          placeholder={t('people.search')} aria-label={t('people.search')} />
        <Select allowClear style={{ width: 180 }} value={role} onChange={setRole} placeholder={t('people.role')}
          aria-label={t('people.role')} options={roles.data?.map((r) => ({ value: r.code, label: name(r.code) }))} />
        <Select allowClear style={{ width: 180 }} value={team} onChange={setTeam} placeholder={t('customer.team')}
          aria-label={t('customer.team')} options={teams.data?.map((x) => ({ value: x.id, label: x.name }))} />
        <Popconfirm title={t('org.grantSure', { n: picked.size })} okText={t('org.grant')} cancelText={t('do.cancel')}
          onConfirm={() => void grant({ role, team_id: team })}>
          <Button type="primary" loading={busy} disabled={picked.size === 0 || (!role && !team)}>
            {t('org.grantTo', { n: picked.size })}
          </Button>
        </Popconfirm>
        <Popconfirm title={t('org.offSure', { n: picked.size })} okText={t('org.deactivate')} cancelText={t('do.cancel')}
          onConfirm={() => void grant({ active: false })}>
          <Button danger loading={busy} disabled={picked.size === 0}>{t('org.deactivate')}</Button>
        </Popconfirm>
      </div>
      <div className="desk-card">
        <Checkbox checked={all} indeterminate={!all && picked.size > 0}
          onChange={(e) => turn(shown.map((p) => p.id), e.target.checked)}>
          {t('org.pickAll', { n: shown.length })}
        </Checkbox>
        <ul className="desk-list">
          {shown.map((p) => (
            <li key={p.id}>
              <Checkbox checked={picked.has(p.id)} aria-label={p.name}
                onChange={(e) => turn([p.id], e.target.checked)} />
              <Avatar name={p.name} index={p.color_index} size={32} />
              <span className="grow">{p.name}<small>{p.login}{p.team_name && ` · ${p.team_name}`}</small></span>
              <span className="quiet">{p.active ? name(p.role_code) : t('people.inactive')}</span>
            </li>
          ))}
        </ul>
        {shown.length === 0 && <Nothing icon={<UsersRound size={26} />} title={t('people.none')} />}
      </div>
    </>
  )
}

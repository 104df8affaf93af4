import { useMemo, useState } from 'react'
import { Alert, AutoComplete, Button, Checkbox, Form, Input, Segmented, Select, Switch, TimePicker } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import dayjs from 'dayjs'
import { ApiError, commandKey, patch, post } from '../../api/client'
import { usePeople, useRoles, useTeams } from '../../api/queries'
import type { Person } from '../../api/types'
import type { LonLat } from '../../geo/datum'
import type { Language } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { fieldFault, sentence } from '../../i18n/problem'
import { Panel } from '../frame/Panel'
import { PlacePin } from '../PlacePin'
import '../settings/settings.css'
import { Erase, Portrait, Trackers } from './PersonExtras'

interface Values {
  name: string
  login: string
  password?: string
  role: string
  team_id: number | null
  phone: string
  post: string
  sex: '' | 'female' | 'male' | 'other'
  workdays: number[]
  active: boolean
  shift: { start: string; end: string }
}

/** Creates or changes a person; home and office are pins on the map. */
export function PersonForm({ person, onClose }: { person: Person | null; onClose: () => void }) {
  const { t, lookup, language } = useSpeech()
  const client = useQueryClient()
  const [form] = Form.useForm<Values>()
  const [home, setHome] = useState<LonLat | null>(person?.home ?? null)
  const [office, setOffice] = useState<LonLat | null>(person?.office ?? null)
  const [which, setWhich] = useState<'home' | 'office'>('home')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const key = useMemo(commandKey, [])
  const place = which === 'home' ? home : office
  const setPlace = which === 'home' ? setHome : setOffice
  const save = async (v: Values) => {
    setBusy(true)
    setProblem(null)
    const body = { ...v, password: v.password || undefined, team_id: v.team_id ?? null }
    try {
      if (person) {
        await patch(`/v1/people/${person.id}`, { ...body, home, office }, { version: person.version })
      } else {
        await post('/v1/people', {
          ...body, active: undefined, team_id: v.team_id ?? undefined, home: home ?? undefined, office: office ?? undefined,
        }, { key })
      }
      for (const k of ['people', 'teams', 'me']) void client.invalidateQueries({ queryKey: [k] })
      onClose()
    } catch (error) {
      setProblem(error)
      if (error instanceof ApiError) form.setFields(faults(error, language))
    } finally {
      setBusy(false)
    }
  }
  const initial: Values = person ? { ...person, role: person.role_code, workdays: [...(person.workdays ?? [])] } : {
    name: '', login: '', role: 'salesperson', team_id: null, phone: '', post: '', sex: '', workdays: [1, 2, 3, 4, 5], active: true,
    shift: { start: '08:30', end: '17:30' },
  }
  return (
    <>
      <Panel title={person?.name ?? t('people.new')} label={t('people.new')}>
        <Form form={form} layout="vertical" className="panel-form" requiredMark={false}
          initialValues={initial} onFinish={(v) => void save(v)}>
          <div className="panel-scroll">
            {person && !person.erased && <Portrait person={person} />}
            <Fields isNew={!person} />
            <div className="person-places">
              <Segmented size="small" value={which} onChange={setWhich} options={[
                { value: 'home', label: `${t('end.home')}${home ? ' ✓' : ''}` },
                { value: 'office', label: `${t('end.office')}${office ? ' ✓' : ''}` },
              ]} />
              <span className="quiet small num">
                {place ? `${place[1].toFixed(5)}, ${place[0].toFixed(5)}` : t('form.clickMap')}
              </span>
              {place && (
                <Button size="small" type="text" onClick={() => setPlace(null)}>{t('form.noPin')}</Button>
              )}
            </div>
            {person?.active && <Trackers person={person} />}
            {person && <Erase person={person} />}
            {problem !== null && (
              <Alert type="error" showIcon role="alert" title={sentence(problem, lookup, language)} />
            )}
          </div>
          <footer className="panel-foot">
            <Button onClick={onClose}>{t('do.cancel')}</Button>
            <Button type="primary" htmlType="submit" loading={busy}>{t('do.save')}</Button>
          </footer>
        </Form>
      </Panel>
      <PlacePin key={which} place={place} onPlace={setPlace} label={t(`end.${which}`)} />
    </>
  )
}

function faults(error: ApiError, language: Language) {
  const names = ['name', 'login', 'password', 'role', 'team_id', 'phone', 'shift']
  return error.fields
    .map((f) => ({ name: f.field.replace(/^body\./, '').split(/[.[]/)[0] ?? '', errors: [fieldFault(f, language)] }))
    .filter((f) => names.includes(f.name)) as { name: keyof Values; errors: string[] }[]
}

function Fields({ isNew }: { isNew: boolean }) {
  const { t, language } = useSpeech()
  const teams = useTeams()
  const roles = useRoles()
  const people = usePeople()
  const posts = useMemo(() => [...new Set((people.data ?? []).map((p) => p.post).filter(Boolean))]
    .sort().map((value) => ({ value })), [people.data])
  const week = useMemo(() => {
    const day = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { weekday: 'short', timeZone: 'UTC' })
    return Array.from({ length: 7 }, (_, i) => ({ value: i + 1, label: day.format(new Date(Date.UTC(2026, 10, 23 + i))) }))
  }, [language])
  const required = [{ required: true, message: t('form.required') }]
  return (
    <>
      <div className="form-pair">
        <Form.Item name="name" label={t('people.name')} rules={required}><Input maxLength={80} /></Form.Item>
        <Form.Item name="login" label={t('door.login')} rules={required}>
          <Input maxLength={64} autoComplete="off" />
        </Form.Item>
      </div>
      <Form.Item name="password" label={t('door.password')}
        extra={isNew ? t('people.passwordNew') : t('people.passwordKeep')}
        rules={[{ min: 10, message: t('people.passwordShort') }]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <div className="form-pair">
        <Form.Item name="role" label={t('people.role')}>
          <Select loading={roles.isPending} options={roles.data?.map((r) => ({
            value: r.code, label: (language === 'zh' && r.name_zh) || r.name,
          }))} />
        </Form.Item>
        <Form.Item name="team_id" label={t('customer.team')}>
          <Select allowClear placeholder={t('plan.noTeam')}
            options={teams.data?.map((x) => ({ value: x.id, label: x.name }))} />
        </Form.Item>
      </div>
      <div className="form-pair">
        <Form.Item name="post" label={t('org.post')}>
          <AutoComplete options={posts} maxLength={80}
            filterOption={(typed, o) => String(o?.value).toLowerCase().includes(typed.toLowerCase())} />
        </Form.Item>
        <Form.Item name="sex" label={t('org.sex')}>
          <Select options={[{ value: '', label: '—' },
            ...(['female', 'male', 'other'] as const).map((x) => ({ value: x, label: t(`org.sex.${x}`) }))]} />
        </Form.Item>
      </div>
      <Form.Item name="workdays" label={t('org.workdays')}>
        <Checkbox.Group options={week} />
      </Form.Item>
      <div className="form-pair">
        <Form.Item name="phone" label={t('customer.phone')}><Input type="tel" /></Form.Item>
        <Form.Item label={t('people.shift')} style={{ marginBottom: 14 }}>
          <div className="hours-row">
            <Clock name={['shift', 'start']} label={t('people.shiftStart')} />
            <Clock name={['shift', 'end']} label={t('people.shiftEnd')} />
          </div>
        </Form.Item>
      </div>
      {!isNew && (
        <Form.Item name="active" label={t('people.active')} valuePropName="checked" layout="horizontal">
          <Switch />
        </Form.Item>
      )}
    </>
  )
}

function Clock({ name, label }: { name: string[]; label: string }) {
  return (
    <Form.Item name={name} noStyle
      getValueProps={(v: string) => ({ value: v ? dayjs(`2000-01-01T${v}`) : null })}
      getValueFromEvent={(v: dayjs.Dayjs | null) => v?.format('HH:mm') ?? '08:30'}>
      <TimePicker format="HH:mm" minuteStep={5} allowClear={false} needConfirm={false}
        suffixIcon={null} aria-label={label} />
    </Form.Item>
  )
}

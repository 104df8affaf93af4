import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Alert, App, AutoComplete, Button, Form, Input, InputNumber, Select, TimePicker } from 'antd'
import dayjs from 'dayjs'
import { MapPin as PinIcon, Minus, Plus } from 'lucide-react'
import { ApiError, commandKey, get, patch, post } from '../../api/client'
import { useFacets, usePeople } from '../../api/queries'
import type { Contact, Customer, OpeningHours, Sharing } from '../../api/types'
import type { LonLat } from '../../geo/datum'
import type { Language } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { fieldFault, sentence } from '../../i18n/problem'
import { showPlace } from '../../map/camera'
import { useStage } from '../../map/context'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { PlacePin } from '../PlacePin'
import { ContactsField, ShareField, useEntryRule } from './FormParts'
import { kindWord, stages } from './words'

interface Values {
  name: string
  kind: string
  level: 'A' | 'B' | 'C'
  status: string
  owner_id: number | null
  address: string
  phone: string
  visit_every_days: number
  service_minutes: number
  opening_hours: OpeningHours[]
  district: string
  building: string
  channel: string
  stage: string
  contacts: Contact[]
  shared_with: Sharing
}

const usual: Values = {
  name: '', kind: 'shop/convenience', level: 'B', status: 'prospect', owner_id: null,
  address: '', phone: '', visit_every_days: 14, service_minutes: 20, opening_hours: [],
  district: '', building: '', channel: '', stage: 'new', contacts: [], shared_with: { people: [], teams: [] },
}

function valuesOf(c: Customer | null): Values {
  if (!c) return usual
  return Object.fromEntries(
    Object.keys(usual).map((k) => [k, c[k as keyof Values]]),
  ) as unknown as Values
}

/** Creates or changes a customer; the pin is placed on the map. */
export function CustomerForm({ customer, onDone, onCancel }: {
  customer: Customer | null
  onDone: (c: Customer) => void
  onCancel: () => void
}) {
  const { t, lookup, language } = useSpeech()
  const [form] = Form.useForm<Values>()
  const [place, setPlace] = useState<LonLat | null>(customer?.position ?? null)
  const [base, setBase] = useState(customer)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const key = useMemo(commandKey, [])
  const move = useMove(place, setPlace)
  const save = async (values: Values) => {
    setBusy(true)
    setProblem(null)
    try {
      onDone(await send(base, values, place, key))
    } catch (error) {
      setProblem(error)
      if (error instanceof ApiError) form.setFields(fieldFaults(error, language))
    } finally {
      setBusy(false)
    }
  }
  const takeTheirs = async (keepMine: boolean) => {
    if (!base) return
    const theirs = await get<Customer>(`/v1/customers/${base.id}`)
    setBase(theirs)
    setProblem(null)
    if (keepMine) return
    form.setFieldsValue(valuesOf(theirs))
    setPlace(theirs.position)
  }
  const conflict = problem instanceof ApiError && problem.status === 412
  return (
    <>
      <Panel title={customer ? customer.name : t('customers.new')} label={t('customers.new')}>
        <Form form={form} layout="vertical" className="panel-form" initialValues={valuesOf(customer)}
          onFinish={(v) => void save(v)} requiredMark={false} scrollToFirstError>
          <div className="panel-scroll">
            <Where place={place} onPlace={move} address={() => String(form.getFieldValue('address') ?? '')} />
            <Fields entering={!customer} />
            <ShareField owner={customer?.owner_id ?? null} />
            <HoursField />
            {problem !== null && (
              <Alert type={conflict ? 'warning' : 'error'} showIcon role="alert"
                title={conflict ? t('form.conflict') : sentence(problem, lookup, language)}
                description={conflict && (
                  <div className="alert-actions">
                    <Button size="small" onClick={() => void takeTheirs(true)}>{t('form.keepMine')}</Button>
                    <Button size="small" onClick={() => void takeTheirs(false)}>{t('form.takeTheirs')}</Button>
                  </div>
                )} />
            )}
          </div>
          <footer className="panel-foot">
            <Button onClick={onCancel}>{t('do.cancel')}</Button>
            <Button type="primary" htmlType="submit" loading={busy}>{t('do.save')}</Button>
          </footer>
        </Form>
      </Panel>
      <PlacePin place={place} onPlace={move} label={t('form.dragPin')} />
    </>
  )
}

const moved = 'pin-moved' // the message that it was

/** Moves the pin; for ten seconds, while the form is open, a word takes it back. */
function useMove(place: LonLat | null, setPlace: (p: LonLat | null) => void) {
  const { t } = useSpeech()
  const { message } = App.useApp()
  const from = useRef(place)
  useEffect(() => {
    from.current = place
  }, [place])
  useEffect(() => () => message.destroy(moved), [message])
  return useCallback((next: LonLat | null) => {
    const before = from.current
    setPlace(next)
    if (!before) return
    const back = () => {
      message.destroy(moved)
      setPlace(before)
    }
    void message.open({
      key: moved, duration: 10,
      content: (
        <span>{t('form.moved')}{' '}
          <Button type="link" size="small" onClick={back}>{t('do.undo')}</Button></span>
      ),
    })
  }, [setPlace, message, t])
}

async function send(base: Customer | null, values: Values, place: LonLat | null, key: string) {
  const body = { ...values, owner_id: values.owner_id ?? undefined, position: place ?? undefined }
  if (!base) return post<Customer>('/v1/customers', body, { key })
  const moved = JSON.stringify(place) !== JSON.stringify(base.position)
  return patch<Customer>(
    `/v1/customers/${base.id}`,
    { ...values, owner_id: values.owner_id, ...(moved ? { position: place } : {}) },
    { version: base.version },
  )
}

function fieldFaults(error: ApiError, language: Language) {
  const names = Object.keys(usual)
  return error.fields
    .map((f) => ({ name: f.field.replace(/^body\./, '').split(/[.[]/)[0] ?? '', errors: [fieldFault(f, language)] }))
    .filter((f) => names.includes(f.name)) as { name: keyof Values; errors: string[] }[]
}

function Where({ place, onPlace, address }: {
  place: LonLat | null
  onPlace: (p: LonLat | null) => void
  address: () => string
}) {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const stage = useStage()
  const find = async () => {
    const q = address().trim().slice(0, 100)
    if (!q) return
    try {
      const found = await get<{ items: { position: LonLat }[] }>('/v1/places', { q, limit: 1, lang: language })
      const at = found.items[0]?.position
      if (!at) {
        void message.info(t('form.notFound'))
        return
      }
      onPlace(at)
      if (stage) showPlace(stage.map, at, 16)
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    }
  }
  return (
    <div className="where" data-set={!!place}>
      <PinIcon size={18} aria-hidden />
      <span>
        {place ? (
          <>
            <b className="num">{place[1].toFixed(5)}, {place[0].toFixed(5)}</b>
            <small>{t('form.dragPin')}</small>
          </>
        ) : (
          <>
            <b>{t('customer.noPlace')}</b>
            <small>{t('form.clickMap')}</small>
          </>
        )}
      </span>
      <Button size="small" onClick={() => void find()}>{t('form.findAddress')}</Button>
      {place && <Button size="small" type="text" onClick={() => onPlace(null)}>{t('form.noPin')}</Button>}
    </div>
  )
}

function Fields({ entering }: { entering: boolean }) {
  const { t, lookup } = useSpeech()
  const { me } = useSession()
  const people = usePeople()
  const facets = useFacets({})
  const asked = useEntryRule(entering)
  const required = [{ required: true, whitespace: true, message: t('form.required') }]
  const rules = (field: string) => (asked.has(field) ? required : [])
  const kinds = facets.data?.kind.map((f) => String(f.value)) ?? []
  const sellers = (people.data ?? []).filter((p) => p.role === 'salesperson')
  return (
    <>
      <Form.Item name="name" label={t('customer.name')} rules={required}>
        <Input maxLength={200} />
      </Form.Item>
      <div className="form-pair">
        <Form.Item name="kind" label={t('customer.kind')} rules={required}>
          <Select showSearch optionFilterProp="label"
            options={[...new Set([...kinds, usual.kind])].map((k) => ({
              value: k, label: kindWord(k, lookup),
            }))} />
        </Form.Item>
        <Form.Item name="level" label={t('customer.level')}>
          <Select options={['A', 'B', 'C'].map((v) => ({ value: v, label: v }))} />
        </Form.Item>
      </div>
      <div className="form-pair">
        {me.role !== 'salesperson' && (
          <Form.Item name="owner_id" label={t('customer.owner')}>
            <Select allowClear showSearch optionFilterProp="label" placeholder={t('customer.nobody')}
              options={sellers.map((p) => ({ value: p.id, label: p.name }))} />
          </Form.Item>
        )}
        <Form.Item name="status" label={t('customer.status')}>
          <Select options={['prospect', 'active', 'dormant', 'lost'].map((v) => ({
            value: v, label: lookup(`status.${v}`) ?? v,
          }))} />
        </Form.Item>
      </div>
      <Form.Item name="address" label={t('customer.address')} rules={rules('address')}><Input /></Form.Item>
      <div className="form-pair">
        <Form.Item name="district" label={t('archive.district')} rules={rules('district')}><Input /></Form.Item>
        <Form.Item name="building" label={t('archive.building')}><Input /></Form.Item>
      </div>
      <Form.Item name="phone" label={t('customer.phone')} rules={rules('phone')}><Input type="tel" /></Form.Item>
      <ContactsField required={asked.has('contact')} />
      <div className="form-pair">
        <Form.Item name="stage" label={t('archive.stage')}>
          <Select options={stages.map((v) => ({ value: v, label: lookup(`stage.${v}`) ?? v }))} />
        </Form.Item>
        <Form.Item name="channel" label={t('archive.channel')} rules={rules('channel')}>
          <AutoComplete options={['fair', 'referral', 'walk_in', 'phone', 'online'].map((v) => ({
            value: lookup(`channel.${v}`) ?? v,
          }))} />
        </Form.Item>
      </div>
      <div className="form-pair">
        <Form.Item name="visit_every_days" label={t('form.every')}>
          <InputNumber min={0} max={365} style={{ width: '100%' }} />
        </Form.Item>
        <Form.Item name="service_minutes" label={t('form.service')}>
          <InputNumber min={1} max={480} style={{ width: '100%' }} />
        </Form.Item>
      </div>
    </>
  )
}

function HoursField() {
  const { t, lookup } = useSpeech()
  const weekdays = [1, 2, 3, 4, 5, 6, 7].map((d) => ({ value: d, label: lookup(`weekday.${d}`) ?? d }))
  return (
    <Form.List name="opening_hours">
      {(fields, { add, remove }) => (
        <fieldset className="hours-field">
          <legend>{t('customer.hours')}</legend>
          {fields.length === 0 && <p className="quiet">{t('customer.alwaysOpen')}</p>}
          {fields.map((f) => (
            <div key={f.key} className="hours-row">
              <Form.Item name={[f.name, 'days']} noStyle>
                <Select mode="multiple" maxTagCount="responsive" options={weekdays} style={{ flex: 1 }}
                  aria-label={t('form.weekdays')} />
              </Form.Item>
              <ClockItem name={[f.name, 'open']} label={t('form.open')} />
              <ClockItem name={[f.name, 'close']} label={t('form.close')} />
              <Button type="text" icon={<Minus size={15} aria-hidden />} aria-label={t('do.remove')}
                onClick={() => remove(f.name)} />
            </div>
          ))}
          <Button size="small" icon={<Plus size={14} aria-hidden />}
            onClick={() => add({ days: [1, 2, 3, 4, 5], open: '09:00', close: '18:00' })}>
            {t('form.addHours')}
          </Button>
        </fieldset>
      )}
    </Form.List>
  )
}

function ClockItem({ name, label }: { name: (string | number)[]; label: string }) {
  return (
    <Form.Item name={name} noStyle
      getValueProps={(v: string) => ({ value: v ? dayjs(`2000-01-01T${v}`) : null })}
      getValueFromEvent={(v: dayjs.Dayjs | null) => v?.format('HH:mm') ?? '09:00'}>
      <TimePicker format="HH:mm" minuteStep={5} allowClear={false} needConfirm={false}
        style={{ width: 88 }} suffixIcon={null} aria-label={label} />
    </Form.Item>
  )
}

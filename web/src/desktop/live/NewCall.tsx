import { useState } from 'react'
import { App, AutoComplete, Form, Input, InputNumber, Modal, Segmented, Select } from 'antd'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { instantOf, skillNames, touched, useSkills } from '../../api/calls'
import { get, post, rows } from '../../api/client'
import { useCommandKey } from '../../api/command'
import type { BoardCall, CallOrder, Customer, Page } from '../../api/types'
import { addDays } from '../../format/format'
import type { LonLat } from '../../geo/datum'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'

/** Where a call is; nothing: the form asks for the customer. */
export interface CallPlace {
  customer?: { id: number; name: string }
  point?: LonLat
}

interface Fields {
  customer_id?: number
  title?: string
  note?: string
  skill?: string
  minutes?: number | null
  day: 'today' | 'tomorrow'
  from?: string
  until?: string
  priority: NonNullable<CallOrder['priority']>
}

/** A call for the board. */
export function NewCall({ place, onClose, onOpened }: {
  place: CallPlace
  onClose: () => void
  onOpened: (call: BoardCall) => void
}) {
  const { t, lookup, language } = useSpeech()
  const { me } = useSession()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [form] = Form.useForm<Fields>()
  const [busy, setBusy] = useState(false)
  const key = useCommandKey()
  const skills = useSkills()
  const send = async (f: Fields) => {
    setBusy(true)
    const date = f.day === 'today' ? me.business_day : addDays(me.business_day, 1)
    const at = (time: string | undefined) => (time ? instantOf(date, time, me.timezone) : undefined)
    try {
      const call = await post<BoardCall>('/v1/calls', {
        ...(place.point ? { point: place.point, title: f.title }
          : { customer_id: place.customer?.id ?? f.customer_id }),
        note: f.note || undefined, skill: f.skill || undefined, service_minutes: f.minutes ?? undefined,
        from: at(f.from), until: at(f.until), priority: f.priority,
      }, { key: key.current })
      key.ended()
      for (const k of touched) void client.invalidateQueries({ queryKey: [k] })
      onOpened(call)
    } catch (error) {
      key.ended(error)
      void message.error(sentence(error, lookup, language))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal open title={place.customer ? t('board.newAt', { name: place.customer.name }) : t('board.newTitle')}
      onCancel={onClose} okText={t('board.put')} cancelText={t('do.cancel')} confirmLoading={busy}
      onOk={() => form.submit()}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(f) => void send(f)}
        initialValues={{ priority: 'normal', day: 'today' }}>
        {place.point && (
          <Form.Item name="title" label={t('board.place')} rules={[{ required: true, message: t('board.placeMissing') }]}>
            <Input maxLength={200} autoFocus />
          </Form.Item>
        )}
        {!place.point && !place.customer && (
          <Form.Item name="customer_id" label={t('board.customer')}
            rules={[{ required: true, message: t('board.customerMissing') }]}>
            <CustomerSelect />
          </Form.Item>
        )}
        <Form.Item name="note" label={t('board.what')}>
          <Input.TextArea maxLength={500} autoSize={{ minRows: 2, maxRows: 5 }} autoFocus={!!place.customer} />
        </Form.Item>
        <Form.Item name="priority" label={t('board.priority')}>
          <Segmented block options={(['normal', 'high', 'urgent'] as const).map((value) => ({
            value, label: t(`board.${value}`),
          }))} />
        </Form.Item>
        <div className="board-form">
          <Form.Item name="skill" label={t('board.skill')}>
            <AutoComplete options={skillNames(skills.data).map((value) => ({ value }))} maxLength={60} allowClear />
          </Form.Item>
          <Form.Item name="minutes" label={t('board.minutes')}>
            <InputNumber min={1} max={720} precision={0} placeholder={t('board.usual')} />
          </Form.Item>
          <Form.Item name="day" label={t('board.day')}>
            <Select options={[{ value: 'today', label: t('board.today') }, { value: 'tomorrow', label: t('board.tomorrow') }]} />
          </Form.Item>
          <Form.Item name="from" label={t('board.notBefore')}><Input type="time" /></Form.Item>
          <Form.Item name="until" label={t('board.doneBy')} dependencies={['from']} rules={[({ getFieldValue }) => ({
            validator: (_, until?: string) =>
              !until || !getFieldValue('from') || until > (getFieldValue('from') as string)
                ? Promise.resolve() : Promise.reject(new Error(t('board.backwards'))),
          })]}>
            <Input type="time" />
          </Form.Item>
        </div>
      </Form>
    </Modal>
  )
}

function CustomerSelect({ value, onChange, id }: {
  value?: number
  onChange?: (id: number) => void
  id?: string
}) {
  const { t } = useSpeech()
  const [words, setWords] = useState('')
  const found = useQuery({
    queryKey: ['customers', 'called', words],
    queryFn: async () => rows(await get<Page<Customer>>('/v1/customers', { q: words || undefined, limit: 20 })),
    placeholderData: keepPreviousData,
  })
  return (
    <Select id={id} value={value} onChange={onChange} showSearch filterOption={false} onSearch={setWords}
      autoFocus loading={found.isFetching} placeholder={t('board.search')}
      options={found.data?.map((c) => ({ value: c.id, label: `${c.name} · ${c.address}` }))} />
  )
}

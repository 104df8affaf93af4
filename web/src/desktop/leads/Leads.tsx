import { useState } from 'react'
import { App, AutoComplete, Button, Form, Input, Modal, Segmented, Select, Tag } from 'antd'
import { Plus, UserRoundCheck, UserRoundSearch } from 'lucide-react'
import { Link } from 'wouter'
import { useLeads, type Lead } from '../../api/archive'
import { commandKey } from '../../api/client'
import { useFacets, usePeople } from '../../api/queries'
import { convertLead, dropLead, emptyLead, keepLead, leadFields, leadStates, reopenLead, valuesOf, type LeadValues } from '../../book/leads'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { kindWord } from '../customers/words'
import { useCommand } from '../settings/useCommand'
import { Nothing, Trouble, Waiting } from '../states'

type Doing = { what: 'edit' | 'convert' | 'drop'; lead: Lead | null } | null

/** Leads: who was heard of, and what came of it. */
export function Leads() {
  const { t } = useSpeech()
  const { may } = useSession()
  const [state, setState] = useState<string>('open')
  const [words, setWords] = useState('')
  const [doing, setDoing] = useState<Doing>(null)
  const pages = useLeads(state, words)
  const all = pages.data?.pages.flatMap((p) => p.items) ?? []
  const close = () => setDoing(null)
  return (
    <>
      <div className="leads-tools">
        <Input.Search allowClear placeholder={t('crm.leads.search')} aria-label={t('crm.leads.search')} onSearch={setWords} />
        <Segmented value={state} onChange={setState} aria-label={t('customer.status')}
          options={leadStates.map((s) => ({ value: s, label: t(`crm.leads.${s}`) }))} />
        {may('customers.write') && (
          <Button type="primary" icon={<Plus size={15} aria-hidden />} onClick={() => setDoing({ what: 'edit', lead: null })}>
            {t('crm.leads.new')}
          </Button>
        )}
      </div>
      {pages.isPending && <Waiting />}
      {pages.isError && <Trouble error={pages.error} retry={() => void pages.refetch()} />}
      {pages.data && all.length === 0 && (
        <Nothing icon={<UserRoundSearch size={26} />} title={t('crm.leads.none')}>{t('crm.leads.noneHint')}</Nothing>
      )}
      {all.length > 0 && (
        <div className="desk-card">
          <ul className="desk-list" aria-label={t('crm.leads')}>
            {all.map((l) => <Row key={l.id} lead={l} onDo={setDoing} />)}
          </ul>
        </div>
      )}
      {pages.hasNextPage && <Button onClick={() => void pages.fetchNextPage()}>{t('do.moreRows')}</Button>}
      {doing?.what === 'edit' && <EditLead lead={doing.lead} onClose={close} />}
      {doing?.what === 'convert' && doing.lead && <ConvertLead lead={doing.lead} onClose={close} />}
      {doing?.what === 'drop' && doing.lead && <DropLead lead={doing.lead} onClose={close} />}
    </>
  )
}

function Row({ lead: l, onDo }: { lead: Lead; onDo: (d: Doing) => void }) {
  const { t, lookup } = useSpeech()
  const { may } = useSession()
  const { run, busy } = useCommand('leads')
  const write = may('customers.write')
  const facts = [l.contact, l.phone, l.address, l.channel && (lookup(`channel.${l.channel}`) ?? l.channel)].filter(Boolean)
  return (
    <li>
      <span className="grow">
        <b>{l.name}</b> {l.state === 'dropped' && <Tag>{l.reason}</Tag>}
        <br /><span className="quiet">{facts.join(' · ')}</span>
      </span>
      <span className="quiet">{l.owner_name || t('crm.leads.nobody')}</span>
      {l.customer_id && <Link href={`/map?customer=${l.customer_id}`}>{t('crm.leads.customer')}</Link>}
      {write && l.state === 'open' && (
        <>
          <Button size="small" onClick={() => onDo({ what: 'drop', lead: l })}>{t('crm.leads.drop')}</Button>
          <Button size="small" onClick={() => onDo({ what: 'edit', lead: l })}>{t('do.edit')}</Button>
          <Button size="small" type="primary" icon={<UserRoundCheck size={14} aria-hidden />}
            onClick={() => onDo({ what: 'convert', lead: l })}>{t('crm.leads.convert')}</Button>
        </>
      )}
      {write && l.state === 'dropped' && (
        <Button size="small" loading={busy} onClick={() => void run(() => reopenLead(l))}>{t('crm.leads.reopen')}</Button>
      )}
    </li>
  )
}

function EditLead({ lead, onClose }: { lead: Lead | null; onClose: () => void }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const sellers = (usePeople().data ?? []).filter((p) => p.role === 'salesperson' && p.active)
  const [form] = Form.useForm<LeadValues>()
  const [key] = useState(commandKey)
  const { run, busy } = useCommand('leads')
  const save = async (v: LeadValues) => {
    if (await run(() => keepLead(lead, v, key))) onClose()
  }
  return (
    <Modal open title={lead?.name ?? t('crm.leads.new')} okText={t('do.save')} cancelText={t('do.cancel')}
      confirmLoading={busy} onCancel={onClose} onOk={form.submit}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={lead ? valuesOf(lead) : emptyLead}
        onFinish={(v) => void save(v)}>
        {leadFields.map((f) => (
          <Form.Item key={f.name} name={f.name} label={t(f.word)}
            rules={f.name === 'name' ? [{ required: true, whitespace: true, message: t('form.required') }] : []}>
            {f.name === 'note' ? <Input.TextArea rows={2} maxLength={f.most} /> : <Input maxLength={f.most} />}
          </Form.Item>
        ))}
        {me.role !== 'salesperson' && (
          <Form.Item name="owner_id" label={t('customer.owner')}>
            <Select showSearch optionFilterProp="label" placeholder={t('crm.leads.nobody')}
              options={sellers.map((p) => ({ value: p.id, label: p.name }))} />
          </Form.Item>
        )}
      </Form>
    </Modal>
  )
}

const everybody = {}

function ConvertLead({ lead, onClose }: { lead: Lead; onClose: () => void }) {
  const { t, lookup } = useSpeech()
  const { message } = App.useApp()
  const kinds = useFacets(everybody).data?.kind ?? []
  const [kind, setKind] = useState('shop')
  const [key] = useState(commandKey)
  const { run, busy } = useCommand('leads', 'customers', 'count', 'facets')
  const go = async () => {
    if (!await run(() => convertLead(lead, kind, key))) return
    void message.info(t('crm.leads.done', { name: lead.name }))
    onClose()
  }
  return (
    <Modal open title={`${t('crm.leads.convert')} · ${lead.name}`} okText={t('crm.leads.convert')} cancelText={t('do.cancel')}
      confirmLoading={busy} okButtonProps={{ disabled: kind === '' }} onCancel={onClose} onOk={() => void go()}>
      <p>{t('crm.leads.convertHint')}</p>
      <label className="field"><span>{t('customer.kind')}</span>
        <AutoComplete value={kind} onChange={setKind} aria-label={t('customer.kind')}
          options={kinds.map((k) => ({ value: k.value, label: `${kindWord(k.value, lookup)} · ${k.value}` }))} />
      </label>
    </Modal>
  )
}

function DropLead({ lead, onClose }: { lead: Lead; onClose: () => void }) {
  const { t } = useSpeech()
  const [reason, setReason] = useState('')
  const { run, busy } = useCommand('leads')
  const go = async () => {
    if (await run(() => dropLead(lead, reason))) onClose()
  }
  return (
    <Modal open title={`${t('crm.leads.drop')} · ${lead.name}`} okText={t('crm.leads.drop')} cancelText={t('do.cancel')}
      confirmLoading={busy} okButtonProps={{ danger: true, disabled: reason.trim() === '' }} onCancel={onClose} onOk={() => void go()}>
      <label className="field"><span>{t('crm.leads.dropReason')}</span>
        <Input value={reason} maxLength={300} onChange={(e) => setReason(e.target.value)} />
      </label>
    </Modal>
  )
}

import { Button, Form, Input, Select } from 'antd'
import { Minus, Plus } from 'lucide-react'
import { useArchiveRule } from '../../api/archive'
import { useColleagues } from '../../api/queries'
import type { Sharing } from '../../api/types'
import { useSpeech } from '../../i18n/language'

/** What the company asks for in a new customer. */
export function useEntryRule(entering: boolean): Set<string> {
  const rule = useArchiveRule()
  return new Set(entering ? (rule.data?.required ?? []) : [])
}

/** Whom one speaks to there; the first is the main one. */
export function ContactsField({ required }: { required: boolean }) {
  const { t } = useSpeech()
  const rules = [{ required: true, whitespace: true, message: t('form.required') }]
  return (
    <Form.List name="contacts" rules={[{
      validator: async (_, list?: unknown[]) => {
        if (required && !list?.length) throw new Error(t('form.required'))
      },
    }]}>
      {(fields, { add, remove }, { errors }) => (
        <fieldset className="hours-field">
          <legend>{t('archive.contacts')}</legend>
          {fields.map((f) => (
            <div key={f.key} className="hours-row">
              <Form.Item name={[f.name, 'name']} rules={rules} noStyle>
                <Input placeholder={t('archive.contactName')} aria-label={t('archive.contactName')} />
              </Form.Item>
              <Form.Item name={[f.name, 'post']} noStyle>
                <Input placeholder={t('archive.contactPost')} aria-label={t('archive.contactPost')} />
              </Form.Item>
              <Form.Item name={[f.name, 'phone']} noStyle>
                <Input type="tel" placeholder={t('customer.phone')} aria-label={t('archive.contactPhone')} />
              </Form.Item>
              <Form.Item name={[f.name, 'email']} noStyle>
                <Input type="email" placeholder={t('msg.email')} aria-label={`${t('archive.contact')} ${t('msg.email')}`} />
              </Form.Item>
              <Button type="text" icon={<Minus size={15} aria-hidden />} aria-label={t('do.remove')}
                onClick={() => remove(f.name)} />
            </div>
          ))}
          <Form.ErrorList errors={errors} />
          <Button size="small" icon={<Plus size={14} aria-hidden />} onClick={() => add({ name: '' })}>
            {t('archive.addContact')}
          </Button>
        </fieldset>
      )}
    </Form.List>
  )
}

/** People and teams as the values of one choice: p7, t3. */
function ShareChoice({ value, onChange, owner, id }: {
  id?: string
  value?: Sharing
  onChange?: (next: Sharing) => void
  owner: number | null
}) {
  const { t } = useSpeech()
  const colleagues = useColleagues()
  const all = colleagues.data ?? []
  const teams = new Map(all.filter((p) => p.team_id).map((p) => [p.team_id, p.team_name]))
  const options = [
    ...[...teams].map(([team, name]) => ({ value: `t${team}`, label: t('archive.teamOf', { name }) })),
    ...all.filter((p) => p.id !== owner).map((p) => ({ value: `p${p.id}`, label: p.name })),
  ]
  const chosen = [
    ...(value?.teams ?? []).map((n) => `t${n}`), ...(value?.people ?? []).map((n) => `p${n}`),
  ]
  const pick = (kind: string, list: string[]) =>
    list.filter((v) => v.startsWith(kind)).map((v) => Number(v.slice(1)))
  return (
    <Select id={id} mode="multiple" allowClear optionFilterProp="label" value={chosen} options={options}
      aria-label={t('archive.share')}
      onChange={(list: string[]) => onChange?.({ people: pick('p', list), teams: pick('t', list) })} />
  )
}

/** Who else may follow the customer. */
export function ShareField({ owner }: { owner: number | null }) {
  const { t } = useSpeech()
  return (
    <Form.Item name="shared_with" label={t('archive.share')} extra={t('archive.shareHint')}>
      <ShareChoice owner={owner} />
    </Form.Item>
  )
}

import { useMemo, useRef, useState } from 'react'
import { Alert, Button, Input, Radio, Result, Steps } from 'antd'
import { Download, FileSpreadsheet, Printer } from 'lucide-react'
import { useQueryClient, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { ApiError, commandKey, get, patch, request } from '../../api/client'
import { usePeople, useTeams } from '../../api/queries'
import { csv } from '../../format/csv'
import { useSpeech } from '../../i18n/language'
import { faultPlace, fieldFault } from '../../i18n/problem'
import { Trouble, Waiting } from '../states'
import { useCommand } from './useCommand'

interface Company { name: string; language: 'zh' | 'en'; timezone: string }
interface Invitation { line: number; name: string; login: string; password: string }
interface Imported { rows: number; created: number; known: number; teams: number; invitations: Invitation[] }

/** From an empty company to a working team: its name, its people, what comes next. */
export default function Setup() {
  const { t } = useSpeech()
  const [step, setStep] = useState(0)
  const steps = useMemo(() => [
    { title: t('setup.company') }, { title: t('setup.people') }, { title: t('setup.ready') },
  ], [t])
  return (
    <>
      <Steps className="setup-steps" size="small" current={step} items={steps} onChange={setStep} />
      {step === 0 && <CompanyStep onNext={() => setStep(1)} />}
      {step === 1 && <PeopleStep onNext={() => setStep(2)} />}
      {step === 2 && <ReadyStep />}
    </>
  )
}

function CompanyStep({ onNext }: { onNext: () => void }) {
  const company = useQuery({ queryKey: ['company'], queryFn: () => get<Company>('/v1/company') })
  if (company.isPending) return <Waiting rows={3} />
  if (company.isError) return <Trouble error={company.error} retry={() => void company.refetch()} />
  return <CompanyForm company={company.data} onNext={onNext} />
}

function CompanyForm({ company, onNext }: { company: Company; onNext: () => void }) {
  const { t } = useSpeech()
  const [name, setName] = useState(company.name)
  const [language, setLanguage] = useState(company.language)
  const { run, busy } = useCommand('company', 'me')
  return (
    <form className="desk-card" onSubmit={(e) => {
      e.preventDefault()
      void run(() => patch('/v1/company', { name: name.trim(), language })).then((done) => done && onNext())
    }}>
      <h2>{t('setup.company')}</h2>
      <p>{t('setup.companyHint')}</p>
      <div className="desk-form">
        <Input value={name} maxLength={120} onChange={(e) => setName(e.target.value)}
          placeholder={t('setup.name')} aria-label={t('setup.name')} />
        <Radio.Group value={language} aria-label={t('phone.language')}
          onChange={(e) => setLanguage(e.target.value as 'zh' | 'en')}
          options={[{ value: 'zh', label: '中文' }, { value: 'en', label: 'English' }]} />
        <Button type="primary" htmlType="submit" loading={busy} disabled={!name.trim()}>{t('org.goOn')}</Button>
      </div>
      <p className="quiet small">{t('setup.zone', { zone: company.timezone })}</p>
    </form>
  )
}

function PeopleStep({ onNext }: { onNext: () => void }) {
  const { t } = useSpeech()
  const client = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const [file, setFile] = useState<File | null>(null)
  const [preview, setPreview] = useState<Imported | null>(null)
  const [done, setDone] = useState<Imported | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const key = useMemo(commandKey, [file])
  const send = async (f: File, dry: boolean) => {
    setBusy(true)
    setProblem(null)
    try {
      const answer = await request<Imported>('POST', '/v1/people/import', {
        query: { dry_run: dry }, raw: f, key: dry ? commandKey() : key,
        headers: { 'Content-Type': 'application/octet-stream' },
      })
      if (dry) setPreview(answer)
      else setDone(answer)
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
      if (!dry) for (const k of ['people', 'teams', 'roles']) void client.invalidateQueries({ queryKey: [k] })
    }
  }
  if (done) return <Invited done={done} onNext={onNext} />
  return (
    <section className="desk-card">
      <h2>{t('setup.people')}</h2>
      <p>{t('setup.peopleHint')}</p>
      <div className="desk-form">
        <Button icon={<Download size={15} aria-hidden />} href="/v1/people/import/template.xlsx" download>
          {t('setup.template')}
        </Button>
        <Button type={preview ? 'default' : 'primary'} loading={busy && !preview}
          icon={<FileSpreadsheet size={15} aria-hidden />} onClick={() => input.current?.click()}>
          {file ? file.name : t('import.choose')}
        </Button>
        <input ref={input} type="file" accept=".xlsx,.csv" className="sr-only" tabIndex={-1}
          aria-label={t('import.choose')} onChange={(e) => {
            const f = e.target.files?.[0]
            e.target.value = ''
            if (!f) return
            setFile(f)
            setPreview(null)
            void send(f, true)
          }} />
        <Button type="text" onClick={onNext}>{t('setup.skip')}</Button>
      </div>
      {problem instanceof ApiError && problem.fields.length > 0 ? <Faults error={problem} />
        : problem !== null && <Trouble error={problem} />}
      {preview && file && (
        <Alert type="info" showIcon title={t('setup.preview', {
          created: preview.created, teams: preview.teams, known: preview.known,
        })} action={(
          <Button type="primary" loading={busy} disabled={preview.created === 0 && preview.teams === 0}
            onClick={() => void send(file, false)}>{t('setup.import', { n: preview.created })}</Button>
        )} />
      )}
    </section>
  )
}

function Faults({ error }: { error: ApiError }) {
  const { t, language } = useSpeech()
  const fields = error.fields
  return (
    <div role="alert">
      <Alert type="error" showIcon title={t('setup.faults', { n: fields.length })} />
      <table className="diff">
        <thead><tr><th scope="col">{t('import.line')}</th><th scope="col">{t('phone.reason')}</th></tr></thead>
        <tbody>
          {fields.slice(0, 100).map((f, i) => <tr key={i}><td>{faultPlace(f.field, language)}</td><td>{fieldFault(f, language)}</td></tr>)}
        </tbody>
      </table>
    </div>
  )
}

/** The first passwords: shown once, to be handed out on paper or by copy. */
function Invited({ done, onNext }: { done: Imported; onNext: () => void }) {
  const { t } = useSpeech()
  return (
    <section className="desk-card">
      <h2>{t('setup.done', { n: done.created, teams: done.teams })}</h2>
      {done.invitations.length > 0 && (
        <>
          <Alert type="warning" showIcon title={t('setup.once')} />
          <div className="desk-form">
            <Button icon={<Printer size={15} aria-hidden />} onClick={() => print()}>{t('setup.print')}</Button>
            <Button icon={<Download size={15} aria-hidden />} download="beatplan-logins.csv"
              href={`data:text/csv;charset=utf-8,${encodeURIComponent(invited(done.invitations))}`}>CSV</Button>
            <Button type="primary" onClick={onNext}>{t('org.goOn')}</Button>
          </div>
          <div className="grid-scroll" tabIndex={0} role="region" aria-label={t('setup.logins')} style={{ maxHeight: 420 }}>
            <table className="diff">
              <thead>
                <tr><th scope="col">{t('people.name')}</th><th scope="col">{t('door.login')}</th><th scope="col">{t('door.password')}</th></tr>
              </thead>
              <tbody>
                {done.invitations.map((i) => (
                  <tr key={i.login}><td>{i.name}</td><td>{i.login}</td><td><code>{i.password}</code></td></tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
      {done.invitations.length === 0 && <Button type="primary" onClick={onNext}>{t('org.goOn')}</Button>}
    </section>
  )
}

const invited = (list: Invitation[]) =>
  csv([['name', 'login', 'password'], ...list.map((i) => [i.name, i.login, i.password])])

function ReadyStep() {
  const { t } = useSpeech()
  const people = usePeople()
  const teams = useTeams()
  return (
    <section className="desk-card">
      <Result status="success" title={t('setup.readyTitle', {
        n: people.data?.filter((p) => p.active).length ?? 0, teams: teams.data?.length ?? 0,
      })} subTitle={t('setup.readyHint')} extra={[
        <Link key="c" href="/import"><Button type="primary">{t('nav.importCustomers')}</Button></Link>,
        <Link key="d" href="/settings/departments"><Button>{t('org.departments')}</Button></Link>,
        <Link key="r" href="/settings/roles"><Button>{t('org.roles')}</Button></Link>,
      ]} />
    </section>
  )
}

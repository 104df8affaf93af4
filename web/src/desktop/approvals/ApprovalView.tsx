import { useState } from 'react'
import { Alert, Button, Input, Popconfirm } from 'antd'
import { Check, Undo2, X } from 'lucide-react'
import { ApiError } from '../../api/client'
import { useColleagues } from '../../api/queries'
import { valueWord } from '../../book/change'
import { useApproval, type ApprovalDetail } from '../../api/org'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { useWhen } from '../settings/Desk'
import { Prove } from '../settings/Prove'
import { Trouble, Waiting } from '../states'
import { fieldWord, kindWord, stateWord } from './words'
import { useDecision } from './useDecision'

/** One request: who asks for what and why, what would change, who said what. */
export function ApprovalView({ id }: { id: number }) {
  const { t, lookup } = useSpeech()
  const { me } = useSession()
  const when = useWhen(me.timezone)
  const request = useApproval(id)
  if (request.isPending) return <Waiting />
  if (request.isError) return <Trouble error={request.error} retry={() => void request.refetch()} />
  const r = request.data
  return (
    <>
      <header className="desk-head">
        <h2>{kindWord(r.kind, lookup)} · {r.title}</h2>
        <span className="approval-state" data-state={r.state}>{stateWord(r.state, lookup)}</span>
      </header>
      <article className="desk-card">
        <dl className="facts">
          <dt>{t('approval.applicant')}</dt><dd>{r.applicant_name} · <span className="num">{when(r.created_at)}</span></dd>
          {r.reason && <><dt>{t('approval.reason')}</dt><dd>{r.reason}</dd></>}
          {r.state === 'open' && (
            <><dt>{t('approval.waitsFor')}</dt><dd>{r.approver_name || t('approval.anyAdmin')}</dd></>
          )}
        </dl>
        <Changes request={r} />
        {(r.may_decide || r.may_withdraw) && <Decide request={r} />}
      </article>
      <article className="desk-card">
        <h3>{t('approval.history')}</h3>
        <History request={r} />
      </article>
    </>
  )
}

export function Changes({ request }: { request: ApprovalDetail }) {
  const { t, lookup } = useSpeech()
  const people = useColleagues().data ?? []
  if (request.changes.length === 0) return null
  const word = (field: string, v: string) => (request.kind === 'customer.change' ? valueWord(field, v, people, lookup) : v) || '—'
  return (
    <table className="diff">
      <thead>
        <tr>
          <th scope="col">{t('approval.field')}</th>
          <th scope="col">{t('approval.before')}</th>
          <th scope="col">{t('approval.after')}</th>
        </tr>
      </thead>
      <tbody>
        {request.changes.map((c) => (
          <tr key={c.field}>
            <th scope="row">{fieldWord(c.field, lookup)}</th>
            <td><del>{word(c.field, c.before)}</del></td>
            <td><ins>{word(c.field, c.after)}</ins></td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

export function History({ request }: { request: ApprovalDetail }) {
  const { t, lookup } = useSpeech()
  const { me } = useSession()
  const when = useWhen(me.timezone)
  return (
    <ol className="history">
      {request.history.map((e, i) => (
        <li key={i}>
          <b>{lookup(`approval.did.${e.action}`) ?? e.action}</b>
          {e.person_name && ` · ${e.person_name}`}
          {e.comment && <div>{lookup(`problem.${e.comment}`) ?? e.comment}</div>}
          <small className="num">{when(e.at)}</small>
        </li>
      ))}
      {request.state === 'open' && request.steps.filter((s) => s.decision === '').map((s) => (
        <li key={`s${s.no}`} className="quiet">
          {t('approval.waitsFor')} {s.approver_name || t('approval.anyAdmin')}
          <small>{t(`approval.step.${s.role}`)}</small>
        </li>
      ))}
    </ol>
  )
}

function Decide({ request }: { request: ApprovalDetail }) {
  const { t, lookup, language } = useSpeech()
  const [comment, setComment] = useState('')
  const [needed, setNeeded] = useState(false)
  const d = useDecision(request)
  const needsProof = d.problem instanceof ApiError && d.problem.code === 'approvals.proof_needed'
  return (
    <div style={{ marginTop: 16, maxWidth: 640 }}>
      {request.may_decide && (
        <Input.TextArea rows={2} maxLength={500} value={comment} aria-label={t('approval.comment')}
          status={needed && !comment.trim() ? 'error' : undefined}
          placeholder={t('approval.comment')} onChange={(e) => setComment(e.target.value)} />
      )}
      {needed && !comment.trim() && <p role="alert" className="small">{t('approval.sayWhy')}</p>}
      {needsProof && <Prove onProved={() => void d.approve(comment.trim())} />}
      {d.problem !== null && !needsProof && (
        <Alert style={{ marginTop: 8 }} type="error" showIcon role="alert"
          title={sentence(d.problem, lookup, language)} />
      )}
      <div className="desk-form">
        {request.may_decide && (
          <>
            <Button type="primary" loading={d.busy} icon={<Check size={15} aria-hidden />}
              onClick={() => void d.approve(comment.trim())}>{t('approval.approve')}</Button>
            <Button danger loading={d.busy} icon={<X size={15} aria-hidden />} onClick={() => {
              setNeeded(true)
              if (comment.trim()) void d.reject(comment.trim())
            }}>{t('approval.reject')}</Button>
          </>
        )}
        {request.may_withdraw && (
          <Popconfirm title={t('approval.withdrawSure')} okText={t('approval.withdraw')}
            cancelText={t('do.cancel')} onConfirm={() => void d.withdraw()}>
            <Button loading={d.busy} icon={<Undo2 size={15} aria-hidden />}>{t('approval.withdraw')}</Button>
          </Popconfirm>
        )}
      </div>
    </div>
  )
}

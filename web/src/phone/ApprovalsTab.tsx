import { useState } from 'react'
import { ClipboardCheck } from 'lucide-react'
import { useApproval, useApprovalCounts, useApprovals, type ApprovalDetail, type Box } from '../api/org'
import { useColleagues } from '../api/queries'
import { usePendingVisits } from '../api/work'
import { valueWord } from '../book/change'
import { fieldWord, kindWord, stateWord } from '../desktop/approvals/words'
import { useDecision } from '../desktop/approvals/useDecision'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { PendingVisits } from './PendingVisits'
import { Blank, Failure, Loading, Sheet } from './bits'

/** What waits for my yes, and what I wait for. */
export default function ApprovalsTab() {
  const { t, lookup } = useSpeech()
  const [box, setBox] = useState<Box>('to_decide')
  const [open, setOpen] = useState<number | null>(null)
  const counts = useApprovalCounts()
  const pending = usePendingVisits()
  const list = useApprovals(box)
  const rows = list.data?.pages.flatMap((p) => p.items) ?? []
  const visits = box === 'to_decide' && (pending.list.isLoading || pending.visits.length > 0)
  return (
    <>
      <header className="top">
        <div><h1>{t('approval.title')}</h1><p>{t('approval.waiting', { n: (counts.data?.to_decide ?? 0) + pending.total })}</p></div>
      </header>
      <div className="chips">
        {(['to_decide', 'mine', 'decided'] as const).map((b) => (
          <button key={b} type="button" className="chip" aria-pressed={box === b} onClick={() => setBox(b)}>
            {t(`approval.box.${b}`)}
          </button>
        ))}
      </div>
      {box === 'to_decide' && <PendingVisits pending={pending} />}
      {list.isPending && <Loading />}
      {list.isError && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.data && rows.length === 0 && !visits && (
        <Blank icon={<ClipboardCheck size={30} />} title={t(`approval.none.${box}`)} />
      )}
      <ul className="people">
        {rows.map((r) => (
          <li key={r.id}>
            <button type="button" className="approval-line" onClick={() => setOpen(r.id)}>
              <ClipboardCheck size={22} aria-hidden />
              <span className="people-main"><b>{kindWord(r.kind, lookup)} · {r.title}</b><small>{r.applicant_name}</small></span>
              <span className="approval-mark" data-state={r.state}>{stateWord(r.state, lookup)}</span>
            </button>
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <button type="button" className="button wide" onClick={() => void list.fetchNextPage()}>{t('do.moreRows')}</button>
      )}
      {open !== null && <OpenApproval id={open} onClose={() => setOpen(null)} />}
    </>
  )
}

function OpenApproval({ id, onClose }: { id: number; onClose: () => void }) {
  const { t, lookup } = useSpeech()
  const request = useApproval(id)
  const r = request.data
  const people = useColleagues().data ?? []
  const word = (field: string, v: string) => (r?.kind === 'customer.change' ? valueWord(field, v, people, lookup) : v) || '—'
  return (
    <Sheet title={r ? `${kindWord(r.kind, lookup)} · ${r.title}` : t('approval.title')} onClose={onClose}>
      {request.isPending && <Loading />}
      {request.isError && <Failure error={request.error} retry={() => void request.refetch()} />}
      {r && (
        <div className="approval-sheet">
          <p>{r.applicant_name}{r.reason && ` · ${r.reason}`}</p>
          <dl className="approval-changes">
            {r.changes.map((c) => (
              <div key={c.field}>
                <dt>{fieldWord(c.field, lookup)}</dt>
                <dd><del>{word(c.field, c.before)}</del> <ins>{word(c.field, c.after)}</ins></dd>
              </div>
            ))}
          </dl>
          <ol className="approval-history">
            {r.history.map((e, i) => (
              <li key={i}>
                {lookup(`approval.did.${e.action}`) ?? e.action} · {e.person_name}
                {e.comment && <small>{lookup(`problem.${e.comment}`) ?? e.comment}</small>}
              </li>
            ))}
          </ol>
          {r.state === 'open' && !r.may_decide && (
            <p className="quiet">{t('approval.waitsFor')} {r.approver_name || t('approval.anyAdmin')}</p>
          )}
          <Decide request={r} onDone={onClose} />
        </div>
      )}
    </Sheet>
  )
}

function Decide({ request, onDone }: { request: ApprovalDetail; onDone: () => void }) {
  const { t, lookup, language } = useSpeech()
  const [comment, setComment] = useState('')
  const [needed, setNeeded] = useState(false)
  const d = useDecision(request)
  const then = (done: boolean) => done && onDone()
  if (!request.may_decide && !request.may_withdraw) return null
  return (
    <div className="sheet-form">
      {request.may_decide && (
        <textarea rows={2} maxLength={500} value={comment} placeholder={t('approval.comment')}
          aria-label={t('approval.comment')} onChange={(e) => setComment(e.target.value)} />
      )}
      {needed && !comment.trim() && <p role="alert">{t('approval.sayWhy')}</p>}
      {d.problem !== null && <p role="alert" className="late">{sentence(d.problem, lookup, language)}</p>}
      {request.may_decide && (
        <div className="approval-buttons">
          <button type="button" className="button primary" disabled={d.busy}
            onClick={() => void d.approve(comment.trim()).then(then)}>{t('approval.approve')}</button>
          <button type="button" className="button" disabled={d.busy} onClick={() => {
            setNeeded(true)
            if (comment.trim()) void d.reject(comment.trim()).then(then)
          }}>{t('approval.reject')}</button>
        </div>
      )}
      {request.may_withdraw && (
        <button type="button" className="button wide" disabled={d.busy}
          onClick={() => void d.withdraw().then(then)}>{t('approval.withdraw')}</button>
      )}
    </div>
  )
}
